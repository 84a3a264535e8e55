"""How many tiles, steps and memory words a layer is on an array: the counts that all else uses."""

from dataclasses import dataclass
from functools import cached_property

from convolith.model.config import ArrayConfig
from convolith.model.layer import ConvLayer

__all__ = ["Tiling"]


def _ceil(a: int, b: int) -> int:
    return -(-a // b)


@dataclass(frozen=True)
class Tiling:
    """The nest of docs/architecture.md, section 1: loop counts of ``layer`` on ``config``."""

    config: ArrayConfig
    layer: ConvLayer

    def fits(self) -> bool:
        """The layer can be run like this, whatever the memories hold."""
        return True

    @property
    def oc_tiles(self) -> int:
        """Tiles of C output channels per group."""
        return _ceil(self.layer.group_OC, self.config.cols)

    @cached_property
    def px_tiles(self) -> int:
        """Tiles of R output pixels; they run on over row ends and images."""
        return _ceil(self.layer.P, self.config.rows)

    @property
    def ic_blocks(self) -> int:
        """Activation words of V channels per pixel and group."""
        return _ceil(self.layer.group_IC, self.config.lanes)

    @property
    def row_blocks(self) -> int:
        """Those of them that a row takes."""
        return self.ic_blocks

    def blocks(self, row: int) -> list[int | None]:
        """Which ones; None: one with weights of zero."""
        return list(range(self.ic_blocks))

    @property
    def passes(self) -> int:
        """Tiles of output channels, of all groups: how often all pixels are gone through."""
        return self.layer.groups * self.oc_tiles

    @property
    def tiles(self) -> int:
        """Tiles of R x C outputs in all."""
        return self.passes * self.px_tiles

    def outputs(self, tile: int) -> list[tuple[int, int]]:
        """Per row of a tile its pass and its pixel; rows that are left over are left out."""
        one, px_tile = divmod(tile, self.px_tiles)
        first = px_tile * self.config.rows
        return [(one, pixel) for pixel in range(first, min(first + self.config.rows, self.layer.P))]

    @property
    def steps(self) -> int:
        """Steps of a tile: one activation word for each row."""
        return self.row_blocks * self.layer.KX * self.layer.KY

    @property
    def tile_cycles(self) -> int:
        """Cycles of a tile."""
        return self.steps * self.config.slots

    @property
    def unused(self) -> int:
        """Cycles of a tile after its last beat."""
        return self.config.slots - self.config.beats

    @property
    def last_row(self) -> int:
        """The row of the layer's last pixel."""
        return (self.layer.P - 1) % self.config.rows

    @property
    def first_outputs(self) -> tuple[range, range]:
        """Rows and columns that have an output in the layer's first tile."""
        config, layer = self.config, self.layer
        return range(min(layer.P, config.rows)), range(min(layer.group_OC, config.cols))

    def delay(self, row: int) -> int:
        """By how many cycles a row is behind row 0."""
        return row

    @property
    def pixel_words(self) -> int:
        """Activation words of one pixel, all groups."""
        return self.layer.groups * self.ic_blocks

    @property
    def act_words(self) -> int:
        """Activation words of the whole input."""
        return self.layer.N * self.layer.IX * self.layer.IY * self.pixel_words

    @property
    def pass_weights(self) -> int:
        """Weight words of a pass: one per beat."""
        return self.steps * self.config.beats

    @property
    def weight_words(self) -> int:
        """Weight words of the whole layer."""
        return self.passes * self.pass_weights

    @property
    def weight_banks(self) -> tuple[int, int]:
        """Weight words of even and of odd passes, if each have a bank; otherwise all, and none."""
        odd = self.passes // 2 if self.config.pack_edges else 0
        return (self.passes - odd) * self.pass_weights, odd * self.pass_weights

    @property
    def bias_words(self) -> int:
        """Bias words of the whole layer: one per (group, oc_tile)."""
        return self.passes

    @property
    def output_rows(self) -> int:
        """Rows of C sums that leave the array: one per pixel of each (group, oc_tile)."""
        return self.passes * self.layer.P
