"""A file with a JSON object per line: a long run adds lines, and a later run reads them."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

__all__ = ["JsonLines", "typed"]

T = TypeVar("T")


@dataclass(frozen=True)
class JsonLines:
    """The file; it need not be there.

    Parameters
    ----------
    path : Path
    """

    path: Path

    def add(self, values: Mapping[str, Any]) -> None:
        """Writes a line at once.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write("\n" + json.dumps(values) + "\n")  # the last line may have been cut off

    def replace(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Writes these lines only; the file is whole or as it was.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        text = "".join(json.dumps(values) + "\n" for values in lines)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        written = self.path.with_suffix(f".{os.getpid()}")
        try:
            written.write_text(text)
            written.replace(self.path)
        except OSError as error:  # about the file that users know
            raise OSError(error.errno, error.strerror, str(self.path)) from error
        finally:
            written.unlink(missing_ok=True)

    def read(self) -> Iterator[dict[str, Any]]:
        """All objects. Lines that were cut off, or damaged, are passed over.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        if not self.path.exists():
            return
        for line in self.path.read_text(errors="replace").splitlines():
            try:
                values = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(values, dict):
                yield values


def typed(kind: type[T], values: Mapping[str, Any]) -> T:
    """A dataclass from values, which must have the types of its fields.

    Raises
    ------
    TypeError
        If a value has another type, is missing, or is no field.
    """
    for name, expected in get_type_hints(kind).items():
        if name not in values or not isinstance(values[name], expected):
            raise TypeError(f"{name} must be {expected}")
    return kind(**values)
