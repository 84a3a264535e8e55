"""Row pairs: two neighbouring rows share an output, each with half of the input channels."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from convolith.model.dataflow.dataflow import Ints
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.formulas import Formulas
from convolith.model.dataflow.paired.formulas import PAIRED

__all__ = ["PairedTiling"]


@dataclass(frozen=True)
class PairedTiling(DenseTiling):
    """Counts of a layer with row pairs: rows 2i and 2i + 1 compute the same outputs.

    Both have the same pixel. The first row takes the first half of each tap's ic_blocks, with
    weights from the even bank. The second row takes the last half, with weights from the odd bank.
    If the number of blocks is odd, both take the block in the middle, and the second row's weights
    for it are zero. Input and bias lie in their memories as in the dense dataflow.
    """

    label: ClassVar[str] = "rows in pairs"
    halves_words: ClassVar[bool] = True
    weight_layout: ClassVar[str] = "paired"
    formulas: ClassVar[Formulas] = PAIRED

    @property
    def sharing_rows(self) -> int:
        return 2

    @property
    def double_tiles(self) -> int:
        return self.tiles

    def fits(self) -> bool:
        """Whether the array can pair rows, and the layer has more than one ic_block to divide."""
        return self.config.can_pair and self.ic_blocks > 1

    @property
    def row_blocks(self) -> int:
        return -(-self.ic_blocks // 2)

    def blocks(self, row: int) -> list[int | None]:
        if row % 2 == 0:
            return list(range(self.row_blocks))
        last = range(self.ic_blocks - self.row_blocks, self.ic_blocks)
        return [block if block >= self.row_blocks else None for block in last]

    @cached_property
    def px_tiles(self) -> int:
        return -(-2 * self.layer.P // self.config.rows)

    def outputs(self, tile: int) -> list[tuple[int, int]]:
        number, px_tile = divmod(tile, self.px_tiles)
        first = px_tile * self.config.rows
        rows = range(first, min(first + self.config.rows, 2 * self.layer.P))
        return [(number, row // 2) for row in rows]

    @property
    def last_row(self) -> int:
        return (2 * self.layer.P - 1) % self.config.rows

    @property
    def first_outputs(self) -> tuple[range, range]:
        rows = range(min(2 * self.layer.P, self.config.rows))
        return rows, super().first_outputs[1]

    @property
    def weight_banks(self) -> tuple[int, int]:
        words = self.passes * self.pass_weights
        return words, words

    @property
    def bank_tiles(self) -> tuple[int, int]:
        return self.tiles, self.tiles

    def lay_weight(self, w: Ints) -> Ints:
        """In the order (g, oc_tile, row of the pair, ic_block, kx, ky, beat)."""
        blocks = super().lay_weight(w).reshape(self.passes, self.ic_blocks, -1)
        nothing = np.zeros_like(blocks[:, 0])
        taken = [
            nothing if block is None else blocks[:, block]
            for row in range(self.sharing_rows) for block in self.blocks(row)
        ]
        return np.stack(taken, axis=1).reshape(self.weight_words, -1)

    def register_values(self, act_base: int) -> dict[str, int]:
        values = super().register_values(act_base)
        pair = self.ic_blocks - self.row_blocks  # from a pixel's first word to its second row's
        steps = {name: values[name] - pair for name in ("delta_n", "delta_ox", "delta_oy")}
        return values | steps | {"row_pairs": 1, "delta_pair": pair}

    @property
    def can_store(self) -> bool:
        return False
