"""Names of layers: checks them, numbers repeated ones, shortens long ones."""

import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["check_name", "listed", "shortened", "told_apart"]

MOST_LETTERS = 40
UNPRINTABLE = ("Cc", "Cf", "Zl", "Zp")
"""Unicode's categories of control and format characters, and of line ends."""


def check_name(name: str) -> None:
    """Refuses a name that is empty, or that a terminal would not print as it is.

    Raises
    ------
    ValueError
    """
    if not name:
        raise ValueError("the layer's name must not be empty")
    for character in name:
        if unicodedata.category(character) in UNPRINTABLE:
            raise ValueError(
                f"the layer's name must have no control characters, not {character!r} "
                f"in {shortened(name)!r}"
            )


def told_apart(names: Sequence[str]) -> list[str]:
    """The names in their order. A repeated one becomes ``NAME#2``, or the next that is free."""
    given, numbers, found = set(names), dict[str, int](), []
    for name in names:
        number = numbers.get(name, 1)
        unique = name
        while number > 1 and (unique := f"{name}#{number}") in given:
            number += 1
        numbers[name] = number + 1
        found.append(unique)
    return found


def shortened(name: str, most: int = MOST_LETTERS) -> str:
    """A name for a table or a sentence. A long one keeps its end, as names often differ there."""
    if len(name) <= most:
        return name
    end = most // 3
    return f"{name[: most - end - 1]}…{name[-end:]}"


def listed(names: Iterable[str], most: int) -> str:
    """The first ``most`` names, and the number of the others."""
    names = [shortened(name) for name in names]
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
