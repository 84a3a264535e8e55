"""The order in which tiles run, as loops: long ones are not written out."""

from dataclasses import dataclass

__all__ = ["Repeat", "Sequenced", "Tile"]


@dataclass(frozen=True)
class Tile:
    """The rows that have an output; whether results go to another place."""

    rows: tuple[int, ...]
    moves: bool


@dataclass(frozen=True)
class Repeat:
    """Tiles, in the order in which they run: parts, one after the other, ``count`` times."""

    count: int
    parts: tuple["Sequenced", ...]


Sequenced = Repeat | Tile
