"""The plain loop nest: the tiles, steps and memory words of a layer on an array."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from convolith.model.dataflow.beat import Beat
from convolith.model.dataflow.ceil_div import ceil_div
from convolith.model.dataflow.dataflow import Dataflow, Ints, Words
from convolith.model.dataflow.dense import beats, registers, sums, words
from convolith.model.dataflow.dense.formulas import DENSE
from convolith.model.dataflow.dense.reads import act_reads
from convolith.model.dataflow.formulas import Formulas
from convolith.model.dataflow.sequence import Repeat, Sequenced, Tile
from convolith.model.dataflow.stored import Store
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

__all__ = ["DenseTiling"]


@dataclass(frozen=True)
class DenseTiling(Dataflow):
    """The nest of docs/architecture.md, section 1: loop counts of ``layer`` on ``config``."""

    formulas: ClassVar[Formulas] = DENSE

    config: ArrayConfig
    layer: ConvLayer

    def fits(self) -> bool:
        """Every layer can run in the plain loop nest."""
        return True

    @property
    def oc_tiles(self) -> int:
        """Tiles of C output channels per group."""
        return ceil_div(self.layer.group_OC, self.config.cols)

    @cached_property
    def px_tiles(self) -> int:
        """Tiles of R output pixels per pass. A tile may cross the ends of lines and images."""
        return ceil_div(self.layer.P, self.config.rows)

    @property
    def ic_blocks(self) -> int:
        """Activation words of V channels per pixel and group."""
        return ceil_div(self.layer.group_IC, self.config.lanes)

    @property
    def row_blocks(self) -> int:
        """The number of these words that a row takes per tap."""
        return self.ic_blocks

    def blocks(self, row: int) -> list[int | None]:
        """The ic_blocks that a row takes. None: a block with weights of zero."""
        return list(range(self.ic_blocks))

    @property
    def passes(self) -> int:
        """Tiles of output channels of all groups: each takes one round over all pixels."""
        return self.layer.groups * self.oc_tiles

    def outputs(self, tile: int) -> list[tuple[int, int]]:
        """The pass and the pixel of each row of a tile. The list ends with the last row in use."""
        number, px_tile = divmod(tile, self.px_tiles)
        first = px_tile * self.config.rows
        pixels = range(first, min(first + self.config.rows, self.layer.P))
        return [(number, pixel) for pixel in pixels]

    @property
    def steps(self) -> int:
        """Steps of a tile: one activation word for each row."""
        return self.row_blocks * self.layer.KX * self.layer.KY

    @property
    def step_beats(self) -> int:
        """Beats of a step: weight words for the D lanes at a time of an activation word."""
        return self.config.beats_of(self.layer.group_IC)

    @property
    def step_cycles(self) -> int:
        """Cycles of a step, S: one for each beat, and for each row whose word is fetched."""
        return self.config.step_cycles(self.step_beats)

    @property
    def tile_cycles(self) -> int:
        """Cycles of a tile."""
        return self.steps * self.step_cycles

    @property
    def unused(self) -> int:
        """Cycles of a tile after its last beat."""
        return self.step_cycles - self.step_beats

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
        """The cycles by which a row is behind row 0."""
        return row

    @property
    def pixel_words(self) -> int:
        """Activation words of one pixel, for all groups."""
        return self.layer.groups * self.ic_blocks

    @property
    def pass_weights(self) -> int:
        """Weight words of a pass: one per beat."""
        return self.steps * self.step_beats

    @property
    def weight_banks(self) -> tuple[int, int]:
        """Weight words of each bank: of even and of odd passes. With one bank: all, and 0."""
        even = ceil_div(self.passes, self.config.weight_banks)
        return even * self.pass_weights, (self.passes - even) * self.pass_weights

    @property
    def bank_tiles(self) -> tuple[int, int]:
        even = ceil_div(self.passes, self.config.weight_banks)
        return even * self.px_tiles, (self.passes - even) * self.px_tiles

    @property
    def bias_words(self) -> int:
        """Bias words of the whole layer: one per (group, oc_tile)."""
        return self.passes

    @property
    def output_rows(self) -> int:
        """Rows of C sums that leave the array: one per pixel of each (group, oc_tile)."""
        return self.passes * self.layer.P

    @property
    def act_reads(self) -> int:
        return act_reads(self)

    def sequence(self) -> Sequenced:
        full = tuple(range(self.config.rows))[self.sharing_rows - 1 :: self.sharing_rows]
        last = tuple(range(self.last_row + 1))[self.sharing_rows - 1 :: self.sharing_rows]
        tiles_of_pass: tuple[Sequenced, ...] = (Tile(last, moves=True),)
        if self.px_tiles > 1:
            middle = Repeat(self.px_tiles - 2, (Tile(full, moves=False),))
            tiles_of_pass = (Tile(full, moves=True), middle, Tile(last, moves=False))
        return Repeat(self.passes, tiles_of_pass)

    def lay_weight(self, w: Ints) -> Ints:
        return words.weight_words(self, w)

    def lay_bias(self, bias: Ints) -> Ints:
        return words.bias_words(self, bias)

    def bias_rows(self) -> Ints:
        return np.repeat(np.arange(self.bias_words), self.layer.P)

    def output(self, rows: Ints) -> Ints:
        return words.output_tensor(self, rows)

    def sums(self, pixels: Words, weight: Words, bias: Words | None) -> Ints:
        return sums.rows_of_sums(self, pixels, weight, bias)

    def beats(self, x: Ints, w: Ints, tiles: range | None = None) -> Iterator[Beat]:
        return beats.beats(self, x, w, range(self.tiles) if tiles is None else tiles)

    def register_values(self, act_base: int) -> dict[str, int]:
        return registers.register_values(self, act_base)

    @property
    def can_store(self) -> bool:
        config, channels = self.config, self.layer.group_OC
        if self.layer.groups == 1 or channels % config.cols == 0:
            return True
        return self.oc_tiles == 1 and channels % config.post_lanes == 0

    def store_values(self, store: Store) -> dict[str, int]:
        return registers.store_values(self, store)
