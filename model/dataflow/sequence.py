"""The order in which tiles run, as nested loops, so that a long order needs little space."""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Repeat", "Sequenced", "Tile", "all_tiles"]


@dataclass(frozen=True)
class Tile:
    """A tile: its rows that have an output, and whether its results go to another place."""

    rows: tuple[int, ...]
    moves: bool


@dataclass(frozen=True)
class Repeat:
    """A loop: all parts, one after the other, ``count`` times."""

    count: int
    parts: tuple["Sequenced", ...]


Sequenced = Repeat | Tile


def all_tiles(sequence: Sequenced) -> Iterator[Tile]:
    """The tiles one after the other."""
    if isinstance(sequence, Tile):
        yield sequence
        return
    for _ in range(sequence.count):
        for part in sequence.parts:
            yield from all_tiles(part)
