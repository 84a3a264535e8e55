"""Networks as tables: one convolution per line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from convolith.model.layer import ConvLayer
from convolith.model.networks.gemm import GemmForm
from convolith.model.networks.names import check_name, listed, shortened, told_apart
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
    """A layer and its name in the network."""

    name: str
    layer: ConvLayer


class Columns(Protocol):
    """The columns of one table, from its header."""

    def name(self, cells: Sequence[str]) -> str:
        """The name of a row's layer."""

    def layer(self, cells: Sequence[str], name: str, batch: int) -> ConvLayer:
        """The layer of a row, with the name ``name``, for ``batch`` images."""

    def is_title(self, cells: Sequence[str]) -> bool:
        """Whether a row is a section's title and not a layer."""

    def looks_like_a_layer(self, cells: Sequence[str]) -> bool:
        """Whether other readers of this form take a comment for a layer."""


class Form(Protocol):
    """One of the forms that a table can have."""

    @property
    def example(self) -> str:
        """An example of a header."""

    def fit(self, header: Sequence[str]) -> int:
        """The number of this form's names in a header; 0 if the header is of another form."""

    def columns(self, header: Sequence[str], notes: Notes) -> Columns:
        """A header's columns."""


FORMS: tuple[Form, ...] = (OwnForm(), TopologyForm(), GemmForm())


def read_network(path: Path, *, batch: int = 1) -> list[NamedLayer]:
    """The layers of a table (CSV), in its order, for ``batch`` images.

    The table has one of three forms: our own, SCALE-Sim's topologies, or SCALE-Sim's matrix
    products (docs/inputs.md). Columns and lines that are not read, or read in an unexpected way,
    are logged as warnings. A second layer of the same name is called ``NAME#2``.

    Raises
    ------
    ValueError
        If the file cannot be read; or for a bad line, with its number.
    """
    table, notes = read_table(path), Notes(path)
    columns = _columns(table.header, notes)
    rows = [row for row in table.rows if not columns.is_title(row.cells)]
    given = [columns.name(row.cells) for row in rows]
    layers = []
    for row, own, name in zip(rows, given, told_apart(given), strict=True):
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


def choose_layers(layers: list[NamedLayer], text: str) -> list[NamedLayer]:
    """The layers that ``text``, ``A,B``, names, in the network's order. Names may have commas.

    Raises
    ------
    ValueError
        For a name that no layer has.
    """
    names = {layer.name for layer in layers}
    wanted = set(_split_names(text, names))
    if unknown := wanted - names:
        known = listed([layer.name for layer in layers], MOST_NAMES)
        raise ValueError(f"the layers must be among {known}, not {shortened(min(unknown))!r}")
    return [layer for layer in layers if layer.name in wanted]


def common_batch(layers: Iterable[NamedLayer]) -> int | None:
    """The batch size of all layers; None if they have different ones."""
    images = {named.layer.N for named in layers}
    return images.pop() if len(images) == 1 else None


def batch_text(layers: Iterable[NamedLayer]) -> str:
    """The batch sizes in words."""
    images = sorted({named.layer.N for named in layers})
    return f"batch {images[0]}" + (f" to {images[-1]}" if len(images) > 1 else "")


def _split_names(text: str, names: Iterable[str]) -> Iterator[str]:
    """Splits ``text`` at its commas, but not within a name; the longest name that fits counts."""
    longest, words = 1 + max(name.count(",") for name in names), text.split(",")
    while words:
        found = [",".join(words[:count]).strip() for count in range(1, longest + 1)]
        count = max((n for n, name in enumerate(found, 1) if name in names), default=1)
        yield found[count - 1]
        words = words[count:]


def _columns(header: Row, notes: Notes) -> Columns:
    try:
        form = max(FORMS, key=lambda form: form.fit(header.cells))
        if form.fit(header.cells):
            return form.columns(header.cells, notes)
        return refuse_header(header.cells, [form.example for form in FORMS])
    except ValueError as error:
        raise ValueError(f"{header.place}: {error}") from None


def _note_lines(table: Table, columns: Columns, notes: Notes) -> None:
    """Notes the lines that are not read."""
    for row in table.rows:
        if columns.is_title(row.cells):
            notes.add("lines with a name alone are titles of sections", row.line)
    for row in table.comments:
        if columns.looks_like_a_layer(row.cells):
            notes.add("lines that SCALE-Sim reads as layers are comments", row.line)
