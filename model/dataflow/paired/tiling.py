"""Row pairs: two neighbouring rows share an output, each with half of the input channels."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from convolith.model.dataflow.dense.tiling import DenseTiling

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

    def register_values(self, act_base: int) -> dict[str, int]:
        return super().register_values(act_base) | {
            "row_pairs": 1,
            "delta_pair": self.ic_blocks - self.row_blocks,
        }

    @property
    def can_store(self) -> bool:
        return False
