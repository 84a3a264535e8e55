"""SCALE-Sim's COMPUTE_REPORT.csv: a line of cycles per layer, without names or array."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from convolith.model.networks.names import shortened
from convolith.model.networks.network import NamedLayer
from convolith.model.networks.table import Row, Table

__all__ = ["is_compute_report", "read_compute_report"]

log = logging.getLogger(__name__)

FIRST_VERSION = ["layer", "cycles", "% utilization"]
"""The whole header of such a report."""

CYCLES = ("total cycles", "cycles")
"""The column of cycles in versions 2 and 3, and in version 1: with stalls, without loading."""

NUMBER, STALLS = "layerid", "stall cycles"


def is_compute_report(header: Sequence[str]) -> bool:
    """Whether a table has such a header."""
    names = [_plain(cell) for cell in header]
    return names[:3] == FIRST_VERSION or (names[:1] == [NUMBER] and "total cycles" in names)


def read_compute_report(table: Table, layers: Sequence[NamedLayer]) -> dict[str, int]:
    """The cycles of ``layers``, which must be all layers of a network in the order of the lines.

    Versions 2 and 3 number the lines from 0 on, version 1 has names. A depthwise layer has a line
    per channel, and its cycles are their sum. If SCALE-Sim was given it as one layer, it has one
    line. The file does not name the array.

    Raises
    ------
    ValueError
        If there are more lines, or fewer; or for a bad line, with its number.
    """
    found, stalls = _lines(table)
    counts = _lines_per_layer(table.path, len(found), layers)
    cycles, first = {}, 0
    for named, count in zip(layers, counts, strict=True):
        own = found[first : first + count]
        first += count
        for place, name, _ in own:
            if name is not None:
                _check_name(place, name, named.name)
        cycles[named.name] = sum(number for _, _, number in own)
    if stalls:
        log.warning("%s: %s of its cycles are stalls; ours have none", table.path, f"{stalls:,}")
    return cycles


def _lines(table: Table) -> tuple[list[tuple[str, str | None, int]], int]:
    """For each line its place, the layer's name or None, and cycles; and the sum of all stalls."""
    header = [_plain(cell) for cell in table.header.cells]
    used = [name for name in (NUMBER, *CYCLES[: 1 if NUMBER in header else 2], STALLS)
            if name in header]
    for name in used:
        if header.count(name) > 1:
            raise ValueError(f"{table.header.place}: the header must name {name} once, not twice")
    column = next(name for name in CYCLES if name in used)
    found, stalls = [], 0
    for number, row in enumerate(table.rows):
        _check_width(row, max(map(header.index, used)) + 1, len(header))
        cells = dict(zip(header, row.cells, strict=False))
        if NUMBER in used and cells[NUMBER] != str(number):
            raise ValueError(
                f"{row.place}: {NUMBER} must be {number}, as the lines are numbered from 0 on, "
                f"not {shortened(cells[NUMBER])!r}"
            )
        cycles = _number(row.place, column, cells[column], 1)
        if STALLS in used:
            stalled = _number(row.place, STALLS, cells[STALLS], 0)
            if stalled > cycles:
                raise ValueError(
                    f"{row.place}: {STALLS} must be at most {column}, {cycles}, not {stalled}"
                )
            stalls += stalled
        found.append((row.place, None if NUMBER in used else row.cells[0], cycles))
    return found, stalls


def _check_width(row: Row, least: int, most: int) -> None:
    """Refuses a row that is cut off, or has cells behind the header's."""
    if len(row.cells) < least:
        raise ValueError(f"{row.place}: there must be at least {least} cells, "
                         f"not {len(row.cells)}")
    if any(row.cells[most:]):
        raise ValueError(f"{row.place}: there must be {most} cells, not {len(row.cells)}")


def _lines_per_layer(path: Path, found: int, layers: Sequence[NamedLayer]) -> list[int]:
    """The number of lines of each layer."""
    channels = [named.layer.groups for named in layers]
    for counts in (channels, [1] * len(layers)):
        if sum(counts) == found:
            return counts
    wanted = " or ".join(f"{number:,}" for number in dict.fromkeys((len(layers), sum(channels))))
    raise ValueError(
        f"{path} must have a line per layer of the network, and of depthwise layers one per "
        f"channel, {wanted}, not {found:,}"
    )


def _check_name(place: str, given: str, name: str) -> None:
    """Refuses a line that is not of this network."""
    if name == given or name.rpartition("#")[0] == given:
        return
    raise ValueError(
        f"{place}: the layer must be {shortened(name)}, as the lines are in the network's order, "
        f"not {shortened(given)!r}"
    )


def _number(place: str, column: str, text: str, low: int) -> int:
    """The number in a cell. SCALE-Sim prints some integers as floats."""
    found = re.fullmatch(r"([0-9]{1,18})(\.0*)?", text)
    if not found or int(found[1]) < low:
        rule = "a positive integer" if low else "an integer, at least 0"
        raise ValueError(f"{place}: {column} must be {rule}, not {shortened(text)!r}")
    return int(found[1])


def _plain(cell: str) -> str:
    return " ".join(cell.lower().split())
