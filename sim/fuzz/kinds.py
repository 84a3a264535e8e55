"""The kinds of a campaign's units: the number of cases in each, and their arrays."""

from dataclasses import dataclass
from typing import Any

__all__ = ["CASES", "KINDS", "ORDER", "SUMS", "Kind"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The units of one kind, on one simulator.

    Parameters
    ----------
    cases : int
        Convolutions in a unit.
    simulator : str
        Empty: the one with the kind's name.
    of_rtl : bool
        The simulator runs RTL. Some cases run behind each other, and every other unit has
        environments, in which ports are watched.
    one_core : bool
        All of a unit's cases run on one array, with memories of different depths. Without it, each
        case has its own array.
    array, call : dict
        Limits of `draw_config` and `draw_call`.
    most_cycles : int
        Cases that take longer are left out.
    longest : bool
        A few cases have an axis as long as the registers hold, and a memory as deep.
    """

    cases: int
    simulator: str = ""
    of_rtl: bool = False
    one_core: bool = False
    array: dict[str, Any]
    call: dict[str, int]
    most_cycles: int
    longest: bool = False


LARGE = {"max_macs": 200_000, "extent": 16, "kernel": 6, "channels": 24}
SMALL = {"max_macs": 10_000, "extent": 9, "kernel": 4, "channels": 8}

KINDS = {
    "model": Kind(
        cases=100, call=LARGE, most_cycles=200_000, longest=True,
        array={"side": 12, "dots": (1, 8), "multipliers": 300},
    ),
    # Small cases differ as much, and a million of them is no long run.
    "small": Kind(
        cases=200, call=SMALL | {"max_macs": 3_000}, most_cycles=20_000, simulator="model",
        array={"side": 6, "multipliers": 40},
    ),
    # A core takes long to build, and a layer runs fast: so many cases share a core.
    "verilator": Kind(
        cases=250, one_core=True, of_rtl=True, call=LARGE, most_cycles=200_000, longest=True,
        array={"side": 8, "dots": (1, 6), "multipliers": 64},
    ),
    "small-verilator": Kind(
        cases=1000, one_core=True, of_rtl=True, call=SMALL | {"max_macs": 3_000},
        most_cycles=20_000, simulator="verilator", array={"side": 6, "multipliers": 40},
    ),
    "amaranth": Kind(
        cases=10, of_rtl=True, call=SMALL, most_cycles=5_000,
        array={"side": 6, "multipliers": 40},
    ),
}

SUMS = {"sums": 320_000, "sums-verilator": 120_000, "sums-amaranth": 600}
"""Units that requantize sums, and the number of sums in each. ``sums`` compares the model with
PyTorch's operators, the others compare the lanes of the RTL with the model."""

CASES = {name: kind.cases for name, kind in KINDS.items()} | SUMS
"""The number of cases in a unit of each kind."""

ORDER = (
    "model", "verilator", "amaranth", "sums", "sums-verilator", "sums-amaranth", "small",
    "small-verilator",
)
"""A kind's place here is a part of its random generator's seed: new kinds come last."""
