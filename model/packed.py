"""Tiles that run on: a row goes on with the next output-channel tile where its pixels end."""

from dataclasses import dataclass

from convolith.model.tiling import Tiling

__all__ = ["PackedTiling"]


@dataclass(frozen=True)
class PackedTiling(Tiling):
    """Counts of a layer whose rows run over (g, oc_tile, n, ox, oy), and not only over pixels.

    Rows are left over in the layer's last tile alone. A tile has rows of two passes at most, as a
    pass has R pixels or more, and weights of two passes at a time are what the array can take: even
    and odd ones have a memory bank and a weight chain each.
    """

    def fits(self) -> bool:
        """The layer can be run like this, and is another one then."""
        config, layer = self.config, self.layer
        return config.pack_edges and self.passes > 1 and layer.P >= config.rows

    @property
    def px_tiles(self) -> int:
        """Tiles in all: they are not counted apart by passes."""
        return -(-self.passes * self.layer.P // self.config.rows)

    @property
    def tiles(self) -> int:
        return self.px_tiles

    @property
    def last_row(self) -> int:
        return (self.passes * self.layer.P - 1) % self.config.rows

    @property
    def first_outputs(self) -> tuple[range, range]:
        config, layer = self.config, self.layer
        return range(config.rows), range(min(layer.group_OC, config.cols))

    @property
    def crossings(self) -> int:
        """Tiles with rows of two passes."""
        return sum(end * self.layer.P % self.config.rows > 0 for end in range(1, self.passes))

    def outputs(self, tile: int) -> list[tuple[int, int]]:
        first = tile * self.config.rows
        last = min(first + self.config.rows, self.passes * self.layer.P)
        return [divmod(row, self.layer.P) for row in range(first, last)]
