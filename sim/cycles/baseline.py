"""Cycles that others need for the same layers, from a table."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from convolith.model.config import ArrayConfig
from convolith.model.networks.network import NamedLayer
from convolith.model.networks.topology import DEPTHWISE
from convolith.sim.cycles.compute_report import is_compute_report, read_compute_report

__all__ = ["Baseline", "read_baselines"]

CYCLES = "_cycles"
IDEAL = "ideal_cycles"


@dataclass(frozen=True)
class Baseline:
    """One column of such a table: ``cycles`` by layer, on an array of as many multipliers.

    ``assumed``: the table does not say on which array; it is taken to be of so many.
    """

    name: str
    array: str
    cycles: dict[str, int]
    assumed: bool = False

    @property
    def heading(self) -> str:
        """Whose cycles, and on which array."""
        if self.assumed:
            return (f"{self.name}: cycles on an array that the table does not name, "
                    f"taken to have {self.array}, as ours")  # fmt: skip
        return f"{self.name}: cycles on array {self.array}"

    def ratio(self, layers: Sequence[tuple[str, int]]) -> float | None:
        """Its cycles over ours (name, cycles), of the layers that it has; None if it has none."""
        common = [(self.cycles[name], own) for name, own in layers if name in self.cycles]
        if not common:
            return None
        return sum(theirs for theirs, _ in common) / sum(own for _, own in common)


def read_baselines(
    path: Path, network: str, config: ArrayConfig, layers: Sequence[NamedLayer]
) -> list[Baseline]:
    """Every column ``NAME_cycles`` of a CSV table but ``ideal_cycles``, of a network's ``layers``.

    It has a column ``layer``; a name may have the suffix _DP on one side only. If it has
    ``network``, only lines of that network count; if it has ``array`` (``16``, which is 16x16, or
    ``8x8x4``), only those of as many multipliers. SCALE-Sim's
    COMPUTE_REPORT.csv is one such column, `compute_report`.

    Raises
    ------
    ValueError
        If the file cannot be read, or has nothing for these layers and so many multipliers; for a
        bad line, with its number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None
    lines = csv.DictReader(StringIO(text, newline=""), skipinitialspace=True)
    try:
        header = [name.strip() for name in lines.fieldnames or ()]
    except csv.Error as error:
        raise ValueError(f"{path}, line 1: {error}") from None
    lines.fieldnames = header
    if is_compute_report(header):
        cycles = read_compute_report(path, text, layers)
        return [Baseline("scalesim", f"{config.multipliers:,} multipliers", cycles, assumed=True)]
    names = [named.name for named in layers]
    columns = [name for name in header if name.endswith(CYCLES) and name != IDEAL]
    if "layer" not in header or not columns:
        missing = "NAME_cycles" if "layer" in header else "layer"
        raise ValueError(f"{path}, line 1: the header must name the column {missing}")
    found: dict[str, Baseline] = {}
    for where, line in _lines(path, lines):
        row = {name: (line[name] or "").strip() for name in header}
        if row.get("network", network) != network:
            continue
        array = row.get("array") or str(config.shape)
        if _multipliers(where, array) != config.multipliers:
            continue
        for column in columns:
            if not row[column]:
                continue  # not known
            name = column.removesuffix(CYCLES)
            baseline = found.setdefault(name, Baseline(name, array, {}))
            if baseline.array != array or row["layer"] in baseline.cycles:
                raise ValueError(f"{where}: {row['layer']} must be there once, not again")
            baseline.cycles[row["layer"]] = _number(where, column, row[column])
    if not found:
        raise ValueError(
            f"{path} must have lines of {network} and {config.multipliers} multipliers, "
            "but has none"
        )
    theirs = {_key(name): name for baseline in found.values() for name in baseline.cycles}
    if not theirs.keys() & {_key(name) for name in names}:
        raise ValueError(f"{path} must have layers of {network}, such as {names[0]}, but has only "
                         f"others, such as {next(iter(theirs.values()))}")  # fmt: skip
    return [_named(baseline, names) for baseline in found.values()]


def _named(baseline: Baseline, layers: Sequence[str]) -> Baseline:
    """With the names that our layers have."""
    theirs = {_key(name): cycles for name, cycles in baseline.cycles.items()} | baseline.cycles
    cycles = {name: theirs.get(name) or theirs.get(_key(name)) for name in layers}
    return replace(baseline, cycles={name: count for name, count in cycles.items() if count})


def _key(name: str) -> str:
    return name.removesuffix(f"_{DEPTHWISE}")


def _lines(path: Path, lines: "csv.DictReader[str]") -> Iterator[tuple[str, dict[str, str]]]:
    """Each with where it is."""
    while True:
        try:
            line = next(lines, None)
        except csv.Error as error:
            raise ValueError(f"{path}, line {lines.line_num + 1}: {error}") from None
        if line is None:
            return
        yield f"{path}, line {lines.line_num}", line


def _multipliers(where: str, array: str) -> int:
    """Of ``16`` 256, of ``8x8x4`` as many."""
    try:
        sides = [int(side) for side in array.split("x")]
    except ValueError:
        raise ValueError(f"{where}: array must be 16, 16x16 or 8x8x4, not {array!r}") from None
    if len(sides) == 1:
        sides *= 2
    product = 1
    for side in sides:
        product *= side
    return product


def _number(where: str, column: str, text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise ValueError(f"{where}: {column} must be a positive integer, not {text!r}")
    return value
