"""Networks as tables: one convolution per line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from convolith.model.layer import ConvLayer
from convolith.model.networks.gemm import GemmForm
from convolith.model.networks.names import check_name, listed, told_apart
from convolith.model.networks.notes import Notes
from convolith.model.networks.own import OwnForm
from convolith.model.networks.table import Row, Table, read_table
from convolith.model.networks.topology import TopologyForm
from convolith.model.networks.unknown import refuse_header

__all__ = [
    "Columns", "Form", "NamedLayer", "batch_text", "choose_layers", "common_batch", "read_network",
]

MOST_NAMES = 20


@dataclass(frozen=True)
class NamedLayer:
    """A layer and what the network calls it."""

    name: str
    layer: ConvLayer


class Columns(Protocol):
    """The columns of one table, from its header."""

    def name(self, cells: Sequence[str]) -> str:
        """What a row calls its layer."""

    def layer(self, cells: Sequence[str], name: str, batch: int) -> ConvLayer:
        """A row's layer, which is called ``name``, for ``batch`` images."""

    def looks_like_a_layer(self, cells: Sequence[str]) -> bool:
        """Of a comment: other readers of this form take it for a layer."""


class Form(Protocol):
    """One of the forms that a table can have."""

    @property
    def example(self) -> str:
        """A header."""

    def recognises(self, header: Sequence[str]) -> bool:
        """Whether a header is meant to be of this form."""

    def columns(self, header: Sequence[str], notes: Notes) -> Columns:
        """A header's columns."""


FORMS: tuple[Form, ...] = (OwnForm(), TopologyForm(), GemmForm())


def read_network(path: Path, *, batch: int = 1) -> list[NamedLayer]:
    """The layers of a table (CSV), in its order, for ``batch`` images.

    It has one of three forms: our own, SCALE-Sim's topologies, or its matrix products
    (docs/inputs.md). What is not read, or read in an unexpected way, is logged as a warning. The
    second layer of a name is called ``NAME#2``.

    Raises
    ------
    ValueError
        If the file cannot be read; for a bad line, with its number.
    """
    table, notes = read_table(path), Notes(path)
    columns = _columns(table.header, notes)
    given = [columns.name(row.cells) for row in table.rows]
    layers = []
    for row, own, name in zip(table.rows, given, told_apart(given), strict=True):
        try:
            layers.append(NamedLayer(name, columns.layer(row.cells, name, batch)))
            check_name(own)
        except ValueError as error:
            raise ValueError(f"{row.place}: {error}") from None
        if name != own:
            notes.add("repeated names have a number more", name)
    if not layers:
        raise ValueError(f"{table.end}: there must be a layer, but is none")
    _note_lines(table, columns, notes)
    notes.tell()
    return layers


def choose_layers(layers: list[NamedLayer], names: Iterable[str]) -> list[NamedLayer]:
    """Those of the given names, in the network's order.

    Raises
    ------
    ValueError
        For a name that no layer has.
    """
    wanted = set(names)
    if unknown := wanted - {layer.name for layer in layers}:
        known = listed([layer.name for layer in layers], MOST_NAMES)
        raise ValueError(f"the layers must be among {known}, not {sorted(unknown)[0]!r}")
    return [layer for layer in layers if layer.name in wanted]


def common_batch(layers: Iterable[NamedLayer]) -> int | None:
    """How many images at a time; None where a table has several numbers."""
    images = {named.layer.N for named in layers}
    return images.pop() if len(images) == 1 else None


def batch_text(layers: Iterable[NamedLayer]) -> str:
    """The same in words."""
    images = sorted({named.layer.N for named in layers})
    return f"batch {images[0]}" + (f" to {images[-1]}" if len(images) > 1 else "")


def _columns(header: Row, notes: Notes) -> Columns:
    try:
        for form in FORMS:
            if form.recognises(header.cells):
                return form.columns(header.cells, notes)
        return refuse_header(header.cells, [form.example for form in FORMS])
    except ValueError as error:
        raise ValueError(f"{header.place}: {error}") from None


def _note_lines(table: Table, columns: Columns, notes: Notes) -> None:
    """Tells which lines are not read."""
    for row in table.titles:
        notes.add("lines with a name alone are titles of sections", row.line)
    for row in table.comments:
        if columns.looks_like_a_layer(row.cells):
            notes.add("lines that SCALE-Sim reads as layers are comments", row.line)
