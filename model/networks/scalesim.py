"""The base of SCALE-Sim's forms: columns by position, followed by columns by name."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

from convolith.model.checks import check_int
from convolith.model.networks.columns import integer, leave_out, plain_name, refuse_similar
from convolith.model.networks.names import shortened
from convolith.model.networks.notes import Notes

__all__ = ["PositionalColumns", "check_only", "check_sparsity", "positive"]

MAY_BE_EMPTY = ("padding", "padding height", "padding width", "groups", "sparsity", "batch")
"""Columns by name whose cells may be empty, or missing at the line's end.

The batch may be missing only in all lines, as in SCALE-Sim's transformer_fwd.csv.
"""

SPARSITY = r"\s*([0-9]{1,9})\s*:\s*([0-9]{1,9})\s*"

Spellings = Mapping[str, Sequence[str]]
"""Our name of each column, and all names that a header can give it."""


class PositionalColumns:
    """The columns of a header.

    Parameters
    ----------
    header : sequence of str
    places : mapping
        The first columns in their order. They are read by position, whatever the header says.
    behind : mapping
        The columns that may follow in any order. They are read by name.
    notes : Notes
        Takes warnings about the header, and later about the rows.

    Raises
    ------
    ValueError
        If the header has a known column at another one's position.
    """

    def __init__(
        self, header: Sequence[str], places: Spellings, behind: Spellings, notes: Notes
    ):
        self.header, self.notes = header, notes
        self.places = list(places)
        self.known = {name: own for own, names in (*places.items(), *behind.items())
                      for name in names}
        self.names = [self.known.get(plain_name(cell)) for cell in header]
        for place, wanted in enumerate(self.places):
            self._check_place(place, wanted)
        self.behind: dict[int, str] = {}
        self.has_batch: bool | None = None  # whether the first line has it
        for place in range(len(self.places), len(header)):
            self._add_behind(place)

    def _check_place(self, place: int, wanted: str) -> None:
        given = self.header[place] if place < len(self.header) else ""
        if not given:
            raise ValueError(f"the header must name the column {wanted}")
        name, where = self.names[place], f"column {place + 1}"
        if name == wanted or (name is None and place == 0):
            return
        if name is not None and not self._is_repeated(name):
            raise ValueError(
                f"{where} must be {wanted}, as SCALE-Sim reads by position, "
                f"not {shortened(given)!r}"
            )
        self.notes.add(
            f"{where}, {shortened(given)!r}, is taken as {wanted}, as SCALE-Sim reads by position"
        )

    def _is_repeated(self, name: str) -> bool:
        """Whether the column is in its own place as well."""
        if name not in self.places:
            return False
        own = self.places.index(name)
        return own < len(self.names) and self.names[own] == name

    def _add_behind(self, place: int) -> None:
        given, name = self.header[place], self.names[place]
        if not given or given.startswith("#"):
            return
        if name is None:
            refuse_similar(given, self.known)
        elif name in self.places:
            if not self._is_repeated(name):
                own = self.places.index(name) + 1
                raise ValueError(f"the header must name {name} in column {own}, not {place + 1}")
        elif name in self.behind.values():
            raise ValueError(f"the header must name {name} once, not twice")
        else:
            self.behind[place] = name

    def name(self, cells: Sequence[str]) -> str:
        """The name of a row's layer."""
        return cells[0]

    def cells(self, cells: Sequence[str]) -> dict[str, str]:
        """A row's cells by the names of their columns, without empty cells of `MAY_BE_EMPTY`.

        Raises
        ------
        ValueError
            If there are too few cells, or a cell belongs to no column.
        """
        count = len(self.places)
        behind = list(takewhile(lambda cell: not cell.startswith("#"), cells[count:]))
        cells = [*cells[:count], *behind]  # without a comment at the line's end
        needed = [place for place, name in self.behind.items() if name not in MAY_BE_EMPTY]
        least = max(needed, default=count - 1) + 1
        if len(cells) < least:
            raise ValueError(f"there must be at least {least} cells, not {len(cells)}")
        found = dict(zip(self.places, cells[:count], strict=True))
        nameless: dict[int, str] = {}
        for place, cell in enumerate(behind, count):
            if cell or place in needed:
                self._add_cell(place, cell, found, nameless)
        if "batch" in self.behind.values():
            self._check_batch("batch" in found)
        if sparsity := self._nameless_sparsity(nameless):
            found["sparsity"] = sparsity
        elif nameless:
            place, cell = next(iter(nameless.items()))
            raise ValueError(
                f"cell {place + 1} must be empty, as the header has no name for it, "
                f"not {shortened(cell)!r}"
            )
        return found

    def _add_cell(
        self, place: int, cell: str, found: dict[str, str], nameless: dict[int, str]
    ) -> None:
        given = self.header[place] if place < len(self.header) else ""
        if place in self.behind:
            found[self.behind[place]] = cell
        elif not given:
            nameless[place] = cell
        elif (name := self.names[place]) is not None:  # one of the places'
            raise ValueError(
                f"cell {place + 1} must be empty, as {name} is in column "
                f"{self.places.index(name) + 1} already, not {shortened(cell)!r}"
            )
        else:
            leave_out(given, cell, self.notes)

    def _check_batch(self, given: bool) -> None:
        """Refuses a batch that is in some lines only."""
        if self.has_batch is None:
            self.has_batch = given
        if given != self.has_batch:
            found = "not in the lines above" if given else "in the lines above and not here"
            raise ValueError(f"batch must be in all lines or in none, but is {found}")
        if not given:
            self.notes.add("the column batch is empty, and not read")

    def _nameless_sparsity(self, nameless: Mapping[int, str]) -> str | None:
        """Sparsity in columns without a name: N:M in the next one, or N and M as in SCALE-Sim 3."""
        count = len(self.places)
        if "sparsity" in self.behind.values():
            return None
        if list(nameless) == [count] and re.fullmatch(SPARSITY, nameless[count]):
            return nameless[count]
        if list(nameless) == [count + 1, count + 2] and self.behind.get(count) == "stride width":
            return ":".join(nameless.values())
        return None

    def is_title(self, cells: Sequence[str]) -> bool:
        """Whether a row is a section's title: it has nothing but a name."""
        return bool(cells[0]) and not any(cells[1:])

    def looks_like_a_layer(self, cells: Sequence[str]) -> bool:
        """Whether SCALE-Sim reads a comment as a layer."""
        count = len(self.places)
        return len(cells) >= count and all(re.fullmatch("[0-9]+", c) for c in cells[1:count])


def positive(column: str, text: str) -> int:
    """The integer in a cell, which must be at least 1.

    Raises
    ------
    ValueError
        If the cell holds no integer, or a smaller one.
    """
    if text.isalpha():
        raise ValueError(
            f"{column} must be an integer, not the symbol {shortened(text)!r}: "
            "the table is a template to be filled in"
        )
    return check_int(column, integer(column, text), 1)


def check_only(row: Mapping[str, str], column: str, only: int, where: str) -> None:
    """Refuses values of a column other than ``only``.

    Raises
    ------
    ValueError
    """
    cell = row.get(column)
    if cell is not None and integer(column, cell) != only:
        raise ValueError(f"{column} must be {only} in {where}, not {cell}")


def check_sparsity(cell: str | None, name: str, notes: Notes) -> None:
    """Notes that a layer's weights are sparse, N of M, but are taken as dense.

    Raises
    ------
    ValueError
        If the cell is not N:M.
    """
    if cell is None:
        return
    found = re.fullmatch(SPARSITY, cell)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise ValueError(
            f"sparsity must be N:M, N of M weights, such as 2:4, not {shortened(cell)!r}"
        )
    if int(found[1]) < int(found[2]):
        notes.add("sparsity is not supported: layers are taken as dense", name)
