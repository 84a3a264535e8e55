"""The kinds of units that a campaign has: how many cases each, and on which arrays."""

from dataclasses import dataclass
from typing import Any

__all__ = ["CASES", "KINDS", "SUMS", "Kind"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What units of one simulator are like.

    Parameters
    ----------
    cases : int
        Convolutions in a unit.
    one_core : bool
        All on one array, whose memories differ in depth; else on as many arrays.
    array, call : dict
        Limits of `draw_config` and `draw_call`.
    most_cycles : int
        What takes longer is left out.
    """

    cases: int
    one_core: bool = False
    array: dict[str, Any]
    call: dict[str, int]
    most_cycles: int


LARGE = {"max_macs": 200_000, "extent": 16, "kernel": 6, "channels": 24}
SMALL = {"max_macs": 10_000, "extent": 9, "kernel": 4, "channels": 8}

KINDS = {
    "model": Kind(
        cases=100, call=LARGE, most_cycles=200_000,
        array={"side": 12, "dots": (1, 8), "multipliers": 300},
    ),
    # Its cores take long to build, and a layer hardly any time.
    "verilator": Kind(
        cases=250, one_core=True, call=LARGE, most_cycles=200_000,
        array={"side": 8, "dots": (1, 6), "multipliers": 64},
    ),
    "amaranth": Kind(
        cases=10, call=SMALL, most_cycles=5_000, array={"side": 6, "multipliers": 40}
    ),
}

SUMS = {"sums": 320_000, "sums-verilator": 120_000, "sums-amaranth": 600}
"""Units of sums that are to be requantized, and how many they have: against PyTorch's operators,
and the lanes of the RTL against the model."""

CASES = {name: kind.cases for name, kind in KINDS.items()} | SUMS
"""Cases of a unit, by its kind."""
