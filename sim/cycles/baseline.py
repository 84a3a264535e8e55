"""Cycles that other simulators or arrays need for the same layers, from a table."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

from convolith.model.checks import check_int
from convolith.model.networks.columns import integer
from convolith.model.networks.names import shortened
from convolith.model.networks.network import NamedLayer
from convolith.model.networks.table import Row, Table, read_table
from convolith.model.networks.topology import DEPTHWISE
from convolith.model.options.config import ArrayConfig
from convolith.sim.cycles.compute_report import is_compute_report, read_compute_report

__all__ = ["Baseline", "read_baselines"]

CYCLES = "_cycles"
IDEAL = "ideal_cycles"
SIDES = "[0-9]{1,6}(x[0-9]{1,6}){0,2}"


@dataclass(frozen=True)
class Baseline:
    """One column of such a table: ``cycles`` by layer, on an array with as many multipliers.

    ``assumed``: the table does not name the array. It is assumed to have as many multipliers.
    """

    name: str
    array: str
    cycles: dict[str, int]
    assumed: bool = False

    @property
    def heading(self) -> str:
        """The name of the baseline and its array."""
        if self.assumed:
            return (f"{shortened(self.name)}: cycles on an array that the table does not name, "
                    f"taken to have {self.array}, as ours")
        return f"{shortened(self.name)}: cycles on array {self.array}"

    def ratio(self, layers: Sequence[tuple[str, int]]) -> float | None:
        """Its cycles over ours, ``layers`` (name, cycles). Only layers that it has count.

        None if it has none of them.
        """
        common = [(self.cycles[name], own) for name, own in layers if name in self.cycles]
        if not common:
            return None
        return sum(theirs for theirs, _ in common) / sum(own for _, own in common)


def read_baselines(
    path: Path, network: str, config: ArrayConfig, layers: Sequence[NamedLayer]
) -> list[Baseline]:
    """Baselines for a network's ``layers``, from each column ``NAME_cycles`` of a CSV table.

    The column ``ideal_cycles`` is left out. The table must have a column ``layer``; a name may have
    the suffix _DP on one side only. If it has a column ``network``, only lines of that network
    count. If it has a column ``array`` (``16``, which is 16x16, or ``8x8x4``), only lines with as
    many multipliers count. SCALE-Sim's COMPUTE_REPORT.csv gives one baseline, `compute_report`.

    Raises
    ------
    ValueError
        If the file cannot be read, or has no line for these layers and so many multipliers; or for
        a bad line, with its number.
    """
    table = read_table(path)
    if is_compute_report(table.header.cells):
        cycles = read_compute_report(table, layers)
        return [Baseline("scalesim", f"{config.multipliers:,} multipliers", cycles, assumed=True)]
    names = [named.name for named in layers]
    # A name that has the suffix _DP on one side only is found as well.
    ours = {_key(name): name for name in reversed(names)} | {name: name for name in names}
    columns = _columns(table.header)
    found: dict[str, Baseline] = {}
    for row in table.rows:
        cells = _cells(table, row)
        if cells.get("network", network) != network:
            continue
        try:
            array = cells.get("array") or str(config.shape)
            if _multipliers(array) == config.multipliers:
                _add(found, cells, columns, array, ours)
        except ValueError as error:
            raise ValueError(f"{row.place}: {error}") from None
    if not found:
        raise ValueError(
            f"{path} must have lines of {network} and {config.multipliers} multipliers, "
            "but has none"
        )
    theirs = [name for baseline in found.values() for name in baseline.cycles]
    if not set(theirs) & set(names):
        raise ValueError(f"{path} must have layers of {network}, such as {shortened(names[0])}, "
                         f"but has only others, such as {shortened(theirs[0])}")
    return [_of_ours(baseline, names) for baseline in found.values()]


def _columns(header: Row) -> list[str]:
    """The names of the columns with cycles."""
    columns = [name for name in header.cells if name.endswith(CYCLES) and name != IDEAL]
    if "layer" not in header.cells or not columns:
        missing = "NAME_cycles" if "layer" in header.cells else "layer"
        raise ValueError(f"{header.place}: the header must name the column {missing}")
    for name in ("layer", "network", "array", *columns):
        if header.cells.count(name) > 1:
            raise ValueError(
                f"{header.place}: the header must name {shortened(name)} once, not twice"
            )
    if CYCLES in columns:
        raise ValueError(f"{header.place}: the header must name a column NAME{CYCLES}, "
                         f"not {CYCLES!r}")
    return columns


def _cells(table: Table, row: Row) -> dict[str, str]:
    """A row's cells by the names of their columns."""
    header = list(table.header.cells)
    while not header[-1]:  # a separator at the end makes no column
        header.pop()
    wanted = len(header)
    if len(row.cells) < wanted or any(row.cells[wanted:]):
        raise ValueError(f"{row.place}: there must be {wanted} cells, not {len(row.cells)}")
    return dict(zip(header, row.cells[:wanted], strict=True))


def _add(
    found: dict[str, Baseline], cells: dict[str, str], columns: Sequence[str], array: str,
    ours: Mapping[str, str],
) -> None:
    """Adds a row's known cycles to the baselines, by the layer's name in our table."""
    given = cells["layer"]
    layer = ours.get(given) or ours.get(_key(given)) or given
    for column in columns:
        if not cells[column]:
            continue  # not known
        name = column.removesuffix(CYCLES)
        baseline = found.setdefault(name, Baseline(name, array, {}))
        if baseline.array != array or layer in baseline.cycles:
            again = "again" if layer == given else f"again as {shortened(given)}"
            raise ValueError(f"{shortened(layer)} must be there once, not {again}")
        cycles = integer(shortened(column), cells[column])
        baseline.cycles[layer] = check_int(shortened(column), cycles, 1)


def _of_ours(baseline: Baseline, layers: Sequence[str]) -> Baseline:
    """The baseline without layers that are not ours."""
    cycles = baseline.cycles
    return replace(baseline, cycles={name: cycles[name] for name in layers if name in cycles})


def _key(name: str) -> str:
    return name.removesuffix(f"_{DEPTHWISE}")


def _multipliers(array: str) -> int:
    """The multipliers of an array: ``16`` has 256, and so has ``8x8x4``."""
    sides = [int(side) for side in array.split("x")] if re.fullmatch(SIDES, array) else [0]
    if 0 in sides:
        raise ValueError(f"array must be 16, 16x16 or 8x8x4, not {shortened(array)!r}")
    return prod(sides if len(sides) > 1 else 2 * sides)
