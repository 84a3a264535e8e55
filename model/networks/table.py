"""A table as text: its separator, its header and its rows, each with its place in the file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from convolith.model.networks.unknown import refuse_contents

__all__ = ["Row", "Table", "read_table"]

COMMENTS = ("#", "//")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True)
class Row:
    """A row's cells, without spaces around them, and its first line's place: ``FILE, line N``."""

    place: str
    cells: list[str]

    @property
    def line(self) -> str:
        """``line N``."""
        return self.place.rpartition(", ")[2]


@dataclass(frozen=True)
class Table:
    """A file's rows in their order, without blank lines. ``end``: the place after the last line."""

    path: Path
    header: Row
    rows: list[Row]
    comments: list[Row]
    end: str


def read_table(path: Path) -> Table:
    """The table in a file: CSV with commas, semicolons or tabs.

    The separator is the one that the header has most of.

    Raises
    ------
    ValueError
        If the file cannot be read, or holds no such table.
    """
    lines = _Lines(path, _text(path))
    rows = [row for row in lines.rows() if any(row.cells)]
    if not rows:
        raise ValueError(f"{path}: there must be a header and a layer, but are only comments")
    for row in rows:
        _check_separator(row, lines.separator)
    return Table(
        path=path,
        header=rows[0],
        rows=rows[1:],
        comments=lines.comments,
        end=f"{path}, line {lines.number + 1}",
    )


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    refuse_contents(path, data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {number}: the text must be UTF-8, but is not") from None


def _check_separator(row: Row, separator: str) -> None:
    """Refuses a row whose cells are separated in another way than the header's."""
    if len(row.cells) > 1:
        return
    for other, name in SEPARATORS.items():
        if other != separator and row.cells[0].count(other) > 2:
            raise ValueError(
                f"{row.place}: the cells must be separated by {SEPARATORS[separator]}, "
                f"as the header's are, not by {name}"
            )


class _Lines:
    """The lines of a file, for `csv.reader`. A row with a quoted line end takes several of them.

    Comments are left out, as `csv.reader` would see quotes in them.
    """

    def __init__(self, path: Path, text: str):
        self.path = path
        self.lines = iter(StringIO(text, newline=""))
        self.separator = _separator(text)
        self.number = 0
        self.begun = 0  # the first line of the current row; 0 between two rows
        self.comments: list[Row] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for line in self.lines:
            self.number += 1
            if not self.begun:
                if line.lstrip().startswith(COMMENTS):
                    cells = [cell.strip() for cell in line.split(self.separator)]
                    self.comments.append(Row(f"{self.path}, line {self.number}", cells))
                    continue
                self.begun = self.number
            return line
        raise StopIteration

    def rows(self) -> Iterator[Row]:
        reader = csv.reader(self, delimiter=self.separator, strict=True)
        while True:
            self.begun = 0
            try:
                cells = next(reader, None)
            except csv.Error as error:
                place = f"{self.path}, line {self.begun}"
                message = f"{place}: it must be a row of a CSV table, but: {error}"
                raise ValueError(message) from None
            if cells is None:
                return
            if cells:
                yield Row(f"{self.path}, line {self.begun}", [cell.strip() for cell in cells])


def _separator(text: str) -> str:
    """The separator that the first line, without comments, has most of."""
    for line in StringIO(text, newline=""):
        if line.strip() and not line.lstrip().startswith(COMMENTS):
            return max(SEPARATORS, key=line.count)
    return ","
