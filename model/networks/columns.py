"""The columns of all forms: names in the header, and numbers in the rows."""

import difflib
import re
from collections.abc import Iterable

from convolith.model.networks.names import shortened
from convolith.model.networks.notes import Notes

__all__ = ["images", "integer", "leave_out", "plain_name", "refuse_similar"]

MOST_DIGITS = 15
SIMILAR = 0.8
"""The least ratio of difflib at which an unknown name counts as a misspelt one."""

SHAPING = ("batch", "dilation", "stride")
"""First words of columns that would change a layer: no other column may begin with them."""

NEUTRAL = {
    **dict.fromkeys(("pad", "pads", "padding", "paddings"), "0"),
    **dict.fromkeys(("group", "groups"), "1"),
    **dict.fromkeys(("dil", "dilate", "dilated", "dilation", "dilations"), "1"),
    **dict.fromkeys(("batch", "batches", "batchsize"), "1"),
}
"""Words of columns that would change a layer, and the value with which they do not."""


def plain_name(cell: str) -> str:
    """A header's name for comparisons: lower case, underscores as spaces."""
    return " ".join(cell.lower().replace("_", " ").split())


def integer(column: str, text: str) -> int:
    """The integer in a cell.

    Raises
    ------
    ValueError
        If the cell holds no integer, or one with more digits than any layer needs.
    """
    # int() would accept 1_0 as well.
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f"{column} must be an integer, not {shortened(text)!r}")
    if len(text) > MOST_DIGITS:
        raise ValueError(f"{column} must have at most {MOST_DIGITS} digits, not {len(text)}")
    return int(text)


def images(own: int, batch: int) -> int:
    """The number of images: from the table's column ``batch``, or for the whole table.

    Raises
    ------
    ValueError
        If both are more than one, as it is not clear which one counts.
    """
    if own != 1 and batch != 1:
        raise ValueError(f"batch must be 1 in a table that is read with --batch {batch}, not {own}")
    return own * batch


def refuse_similar(cell: str, known: Iterable[str]) -> None:
    """Refuses a header's unknown name that seems to be a misspelt one.

    Raises
    ------
    ValueError
        With the known name.
    """
    name, by_plain = plain_name(cell), {plain_name(column): column for column in known}
    similar = difflib.get_close_matches(name, by_plain, n=1, cutoff=SIMILAR)
    word = name.partition(" ")[0].removesuffix("s")
    if not similar and word in SHAPING:
        similar = [column for column in by_plain if column.startswith(word)]
    if similar:
        raise ValueError(
            f"the header must call the column {by_plain[similar[0]]}, not {shortened(cell)!r}"
        )


def leave_out(column: str, cell: str, notes: Notes) -> None:
    """Notes that a cell of an unknown column is not read.

    Raises
    ------
    ValueError
        If the column would change the layer, as a word in its name says.
    """
    if not cell:
        return
    for word in re.findall("[a-z]+", column.lower()):
        neutral = NEUTRAL.get(word, cell)
        if cell != neutral:
            raise ValueError(
                f"the column {shortened(column)!r}, which is not read, must be {neutral}, "
                f"not {shortened(cell)!r}"
            )
    notes.add(f"the column {shortened(column)!r} is not read")
