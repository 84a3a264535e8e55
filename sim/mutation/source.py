"""Places in the hardware's sources."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

__all__ = ["SOURCES", "TOP", "Source", "source_of"]

TOP = Path(next(iter(import_module("convolith.hw").__path__)))
SOURCES = "hw/"
"""What mutants call the folder `TOP`."""


@dataclass(frozen=True)
class Source:
    """A line of a file.

    Parameters
    ----------
    file : str
        Below the repository's top level.
    line : int
        Counted from 1; 0: the file as a whole.
    text : str
        Of the line.
    """

    file: str = f"{SOURCES}core.py"
    line: int = 0
    text: str = ""

    def __bool__(self) -> bool:
        return self.line > 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def block(self) -> str:
        """The Python module."""
        return self.file.removesuffix(".py").replace("/", ".")


def source_of(places: str) -> Source:
    """The first of some places, as Yosys writes them, that is in the hardware's sources."""
    for place in places.split("|"):
        path, _, line = place.partition(":")
        if path.startswith(SOURCES):
            number = int(re.split(r"\D", line)[0])
            return Source(path, number, _lines(path)[number - 1].strip())
    return Source()


@cache
def _lines(path: str) -> list[str]:
    return (TOP / path.removeprefix(SOURCES)).read_text().splitlines()
