"""What a command's --json wrote, read again."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

__all__ = ["load_results"]

# What reading, and using it, raise where a file is something else.
NOT_ONE = (KeyError, TypeError, AttributeError, ValueError, RecursionError)


def load_results(
    paths: Iterable[Path], command: str, use: Callable[[dict[str, Any]], object]
) -> list[dict[str, Any]]:
    """The files' values, if ``use`` can use them.

    Raises
    ------
    ValueError
        If a file is something else than ``convolith COMMAND --json`` writes.
    """
    results = []
    for path in paths:
        try:
            results.append(json.loads(path.read_text()))
            use(results[-1])
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
        except NOT_ONE:
            raise ValueError(
                f"{path} must be a file that convolith {command} --json wrote"
            ) from None
    return results
