"""Tiles that run on: a row goes on with the next output-channel tile where its pixels end."""

from dataclasses import dataclass
from functools import cached_property

from convolith.model.tiling import Tiling

__all__ = ["PackedTiling"]


@dataclass(frozen=True)
class PackedTiling(Tiling):
    """Counts of a layer whose rows run over (g, oc_tile, n, ox, oy), and not only over pixels.

    A tile has rows of two passes at most: weights of two passes at a time are what the array can
    take, as even and odd ones have a memory bank and a weight chain each. So rows are left over in
    the layer's last tile, and, if a pass has fewer than R pixels, where a tile's second one ends.
    """

    def fits(self) -> bool:
        """The layer can be run like this, and there is another pass to go on with."""
        return self.config.pack_edges and self.passes > 1

    @cached_property
    def few(self) -> list[list[tuple[int, int]]]:
        """The tiles of passes that have fewer than R pixels."""
        rows, pixels, tiles = self.config.rows, self.layer.P, []
        one, pixel = 0, 0
        while one < self.passes:
            tile: list[tuple[int, int]] = []
            last = min(one + 2, self.passes)  # passes from here on are for the next tile
            while len(tile) < rows and one < last:
                tile.append((one, pixel))
                one, pixel = (one, pixel + 1) if pixel + 1 < pixels else (one + 1, 0)
            tiles.append(tile)
        return tiles

    @cached_property
    def px_tiles(self) -> int:
        """Tiles in all: they are not counted apart by passes."""
        if self.layer.P < self.config.rows:
            return len(self.few)
        return -(-self.passes * self.layer.P // self.config.rows)

    @property
    def tiles(self) -> int:
        return self.px_tiles

    @property
    def last_row(self) -> int:
        return len(self.outputs(self.tiles - 1)) - 1

    @property
    def first_outputs(self) -> tuple[range, range]:
        return range(len(self.outputs(0))), range(min(self.layer.group_OC, self.config.cols))

    @cached_property
    def crossings(self) -> int:
        """Tiles with rows of two passes."""
        if self.layer.P < self.config.rows:
            return sum(tile[0][0] != tile[-1][0] for tile in self.few)
        return sum(end * self.layer.P % self.config.rows > 0 for end in range(1, self.passes))

    def outputs(self, tile: int) -> list[tuple[int, int]]:
        if self.layer.P < self.config.rows:
            return self.few[tile]
        first = tile * self.config.rows
        last = min(first + self.config.rows, self.passes * self.layer.P)
        return [divmod(row, self.layer.P) for row in range(first, last)]
