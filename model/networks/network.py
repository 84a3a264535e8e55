"""Networks as tables: one convolution per line, with its real shape and padding."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from convolith.model.layer import ConvLayer
from convolith.model.networks import topology

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
    """The layers of a table (CSV), in its order, for ``batch`` images.

    It has a header of COLUMNS, or is one of SCALE-Sim's topology files (`model.topology`).

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
    form: _Form | None = None
    layers: dict[str, NamedLayer] = {}
    for where, cells in _rows(path, lines):
        if not any(cells):
            continue
        try:
            if form is None:
                form = _Form.of(cells)
                continue
            row = form.row(cells)
            name = row[form.columns[0]]
            if not name or name in layers:
                raise ValueError(f"the layer's name must be new and not empty, not {name!r}")
            number = {column: _integer(column, row[column]) for column in form.columns[1:]}
            layers[name] = NamedLayer(name, form.layer(number, batch, name))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
    if not layers:
        raise ValueError(f"{path}, line {lines.line_num + 1}: there must be a layer, but is none")
    return list(layers.values())


@dataclass(frozen=True)
class _Form:
    """Which of the two forms a file has, by its header."""

    columns: tuple[str, ...]
    header: list[str]
    layer: Callable[[dict[str, int], int, str], ConvLayer]
    more: bool  # a line may have more cells than the header

    @classmethod
    def of(cls, cells: list[str]) -> "_Form":
        if topology.is_topology(cells):
            header = topology.topology_header(cells)
            form = cls(topology.COLUMNS, header, topology.topology_layer, more=True)
        else:
            form = cls(COLUMNS, cells, _layer, more=False)
        if repeated := [name for name in form.columns if form.header.count(name) > 1]:
            raise ValueError(f"the header must name {repeated[0]} once, not twice")
        if missing := [name for name in form.columns if name not in form.header]:
            raise ValueError(f"the header must name the column {missing[0]}")
        return form

    def row(self, cells: list[str]) -> dict[str, str]:
        """A line's cells by their columns."""
        # A comma at the end of the header is no column.
        wanted = len(self.header) - (self.more and not self.header[-1])
        if len(cells) < wanted or (len(cells) > wanted and not self.more):
            least = "at least " * self.more
            raise ValueError(f"there must be {least}{wanted} cells, not {len(cells)}")
        return dict(zip(self.header[:wanted], cells, strict=False))


def _integer(column: str, text: str) -> int:
    # Python's own takes 1_0, too.
    if not re.fullmatch(r"[+-]?[0-9]{1,100}", text):
        raise ValueError(f"{column} must be an integer, not {text!r}")
    return int(text)


def _layer(number: dict[str, int], batch: int, _name: str) -> ConvLayer:
    return ConvLayer(
        N=batch, IC=number["in_channels"], OC=number["out_channels"],
        IX=number["in_h"], IY=number["in_w"], KX=number["kernel_h"], KY=number["kernel_w"],
        stride=(number["stride"],) * 2, padding=(number["padding"],) * 2, groups=number["groups"],
    )  # fmt: skip
