"""Networks as tables: one convolution per line, with its real shape and padding."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from convolith.model.layer import ConvLayer

__all__ = ["COLUMNS", "NamedLayer", "choose_layers", "read_network"]

COLUMNS = (
    "layer", "in_channels", "out_channels", "in_h", "in_w", "kernel_h", "kernel_w",
    "stride", "padding", "groups",
)  # fmt: skip
"""The header of a table; its columns may come in any order, and others may stand beside them."""


@dataclass(frozen=True)
class NamedLayer:
    """A layer and what the network calls it."""

    name: str
    layer: ConvLayer


def read_network(path: Path, *, batch: int = 1) -> list[NamedLayer]:
    """The layers of a table (CSV with a header of COLUMNS), in its order, for ``batch`` images.

    Raises
    ------
    ValueError
        If the file cannot be read; for a bad line, with its number.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {number}: the text must be UTF-8, but is not") from None
    return _parse(path, csv.reader(StringIO(text, newline=""), strict=True), batch)


def choose_layers(layers: list[NamedLayer], names: Iterable[str]) -> list[NamedLayer]:
    """Those of the given names, in the network's order.

    Raises
    ------
    ValueError
        For a name that no layer has.
    """
    wanted = set(names)
    if unknown := wanted - {layer.name for layer in layers}:
        known = ", ".join(layer.name for layer in layers)
        raise ValueError(f"the layers must be among {known}, not {sorted(unknown)[0]!r}")
    return [layer for layer in layers if layer.name in wanted]


def _rows(path: Path, lines) -> Iterator[tuple[str, list[str]]]:
    """Where each row begins, and its cells."""
    while True:
        where = f"{path}, line {lines.line_num + 1}"
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(f"{where}: it must be a row of a CSV table, but: {error}") from None
        yield where, [cell.strip() for cell in cells]


def _parse(path: Path, lines, batch: int) -> list[NamedLayer]:
    header: list[str] | None = None
    layers: dict[str, NamedLayer] = {}
    for where, cells in _rows(path, lines):
        if not any(cells):
            continue
        if header is None:
            header = cells
            if repeated := [name for name in COLUMNS if header.count(name) > 1]:
                raise ValueError(f"{where}: the header must name {repeated[0]} once, not twice")
            if missing := [name for name in COLUMNS if name not in header]:
                raise ValueError(f"{where}: the header must name the column {missing[0]}")
            continue
        if len(cells) != len(header):
            raise ValueError(f"{where}: there must be {len(header)} cells, not {len(cells)}")
        row = dict(zip(header, cells, strict=True))
        name = row["layer"]
        if not name or name in layers:
            raise ValueError(f"{where}: the layer's name must be new and not empty, not {name!r}")
        try:
            layers[name] = NamedLayer(name, _layer(row, batch))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
    if not layers:
        raise ValueError(f"{path} must list a layer, but has none")
    return list(layers.values())


def _layer(row: dict[str, str], batch: int) -> ConvLayer:
    number = {}
    for name in COLUMNS[1:]:
        try:
            number[name] = int(row[name])
        except ValueError:
            raise ValueError(f"{name} must be an integer, not {row[name]!r}") from None
    return ConvLayer(
        N=batch, IC=number["in_channels"], OC=number["out_channels"],
        IX=number["in_h"], IY=number["in_w"], KX=number["kernel_h"], KY=number["kernel_w"],
        stride=(number["stride"],) * 2, padding=(number["padding"],) * 2, groups=number["groups"],
    )  # fmt: skip
