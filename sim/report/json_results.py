"""Reads the files that a command's --json has written."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from convolith.model.networks.names import check_name

__all__ = ["NOT_ONE", "average", "count", "flag", "load_results", "number", "share", "word"]

NOT_ONE = (KeyError, TypeError, AttributeError, ValueError, RecursionError)
"""The errors of reading and using a file of another kind, or a line of one."""

MOST = 10**18


def load_results(
    paths: Iterable[Path], command: str, use: Callable[[dict[str, Any]], object]
) -> list[dict[str, Any]]:
    """The values in the files, checked by calling ``use``.

    Raises
    ------
    ValueError
        If a file is not one that ``convolith COMMAND --json`` writes.
    """
    results = []
    for path in paths:
        try:
            results.append(json.loads(path.read_text(encoding="utf-8")))
            use(results[-1])
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
        except NOT_ONE:
            raise ValueError(
                f"{path} must be a file that convolith {command} --json wrote"
            ) from None
    return results


# Checks for ``use``: each gives the value, or raises a ValueError.


def count(value: object, low: int = 0) -> int:
    """An integer, at least ``low``."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= MOST:
        raise ValueError(f"a count must be an integer, at least {low}, not {value!r}")
    return value


def number(value: object) -> float:
    """A positive number, such as a ratio or a clock."""
    if _between(value, MOST) == 0:
        raise ValueError("a number must be positive, not 0")
    return _between(value, MOST)


def share(value: object) -> float:
    """A number from 0 to 1, such as a utilization."""
    return _between(value, 1)


def average(value: object) -> float:
    """A number that may be 0."""
    return _between(value, MOST)


def _between(value: object, most: int) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"a number must be from 0 to {most}, not {value!r}")
    return float(value)


def flag(value: object) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise ValueError(f"a flag must be a boolean, not {value!r}")
    return value


def word(value: object) -> str:
    """A name, for a cell of a table in Markdown."""
    if not isinstance(value, str):
        raise ValueError(f"a name must be a string, not {value!r}")
    check_name(value)
    return value.replace("|", r"\|")
