"""SCALE-Sim's COMPUTE_REPORT.csv: a line of cycles per layer, without names or array."""

import csv
import logging
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from convolith.model.networks.names import shortened
from convolith.model.networks.network import NamedLayer

__all__ = ["is_compute_report", "read_compute_report"]

log = logging.getLogger(__name__)

FIRST_VERSION = ["layer", "cycles", "% utilization"]
"""Its whole header."""

CYCLES = ("total cycles", "cycles")
"""Of versions 2 and 3, and of version 1. They have stalls in them, but no loading before."""

STALLS = "stall cycles"


def is_compute_report(header: Sequence[str]) -> bool:
    """Whether a table has such a header."""
    names = [_plain(cell) for cell in header]
    return names[:3] == FIRST_VERSION or ("layerid" in names[:1] and "total cycles" in names)


def read_compute_report(
    path: Path, text: str, layers: Sequence[NamedLayer]
) -> dict[str, int]:
    """The cycles of these layers: the lines are in the order of ``layers``, all of a network.

    A depthwise layer has a line per channel, whose sum is its cycles, or, where SCALE-Sim was given
    it as one layer, one line. The array is not in the file.

    Raises
    ------
    ValueError
        If there are more lines, or fewer; for a bad line, with its number.
    """
    found, stalls = _lines(path, text)
    counts = _lines_per_layer(path, len(found), layers)
    cycles, first = {}, 0
    for named, count in zip(layers, counts, strict=True):
        own = found[first : first + count]
        first += count
        for place, name, _ in own:
            _check_name(place, name, named.name)
        cycles[named.name] = sum(number for _, _, number in own)
    if stalls:
        log.warning("%s: %s of its cycles are stalls; ours have none", path, f"{stalls:,}")
    return cycles


def _lines(path: Path, text: str) -> tuple[list[tuple[str, str, int]], int]:
    """Of each line its place, the layer's number or name, and cycles; all stalls."""
    rows = _rows(path, text)
    found, stalls, header = [], 0, [_plain(cell) for cell in next(rows)[1]]
    column = next(header.index(name) for name in CYCLES if name in header)
    for place, cells in rows:
        if len(cells) <= column:
            least = f"at least {column + 1} cells"
            raise ValueError(f"{place}: there must be {least}, not {len(cells)}")
        found.append((place, cells[0], _number(place, header[column], cells[column], 1)))
        if STALLS in header and header.index(STALLS) < len(cells):
            stalls += _number(place, STALLS, cells[header.index(STALLS)], 0)
    return found, stalls


def _rows(path: Path, text: str) -> Iterator[tuple[str, list[str]]]:
    """Those that are not blank, each with its place."""
    rows = csv.reader(StringIO(text, newline=""))
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            raise ValueError(f"{path}, line {rows.line_num}: {error}") from None
        if cells is None:
            return
        cells = [cell.strip() for cell in cells]
        if any(cells):
            yield f"{path}, line {rows.line_num}", cells


def _lines_per_layer(path: Path, found: int, layers: Sequence[NamedLayer]) -> list[int]:
    """How many lines each layer has."""
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
    """Version 1 has names: the lines must be of this network."""
    if given.isdigit() or name == given or name.rpartition("#")[0] == given:
        return
    raise ValueError(
        f"{place}: the layer must be {shortened(name)}, as the lines are in the network's order, "
        f"not {shortened(given)!r}"
    )


def _number(place: str, column: str, text: str, low: int) -> int:
    """SCALE-Sim prints some as floats."""
    found = re.fullmatch(r"([0-9]{1,18})(\.0*)?", text)
    if not found or int(found[1]) < low:
        rule = "a positive integer" if low else "an integer, at least 0"
        raise ValueError(f"{place}: {column} must be {rule}, not {shortened(text)!r}")
    return int(found[1])


def _plain(cell: str) -> str:
    return " ".join(cell.lower().split())
