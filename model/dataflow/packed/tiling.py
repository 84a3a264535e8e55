"""Packed tiles: idle rows at the end of a tile start the next output-channel tile."""

from dataclasses import dataclass
from functools import cached_property
from math import gcd
from typing import ClassVar

from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.formulas import Formulas
from convolith.model.dataflow.packed.formulas import PACKED
from convolith.model.dataflow.sequence import Repeat, Sequenced, Tile

__all__ = ["PackedTiling"]


@dataclass(frozen=True)
class PackedTiling(DenseTiling):
    """Counts of a layer with packed tiles: its rows go over (g, oc_tile, n, ox, oy).

    A tile has rows of two passes at most, as the array can take the weights of two passes at a
    time: even and odd passes each have a memory bank and a weight chain. So rows stay idle in the
    layer's last tile; and, if a pass has fewer than R pixels, after the end of a tile's second
    pass.
    """

    label: ClassVar[str] = "packed tiles"
    formulas: ClassVar[Formulas] = PACKED

    def fits(self) -> bool:
        """Whether the array packs tiles, and the layer has more than one pass."""
        return self.config.pack_edges and self.passes > 1

    @cached_property
    def period(self) -> int:
        """If P < R: the number of tiles after which a tile begins with the first pixel again.

        Each tile of a period begins R - P pixels further in its pass than the tile before. The last
        one has the rest of a pass and all of the next pass. All but the last have R rows in use.
        """
        rows, pixels = self.config.rows, self.layer.P
        return 1 - (-max(0, 2 * pixels - rows) // (rows - pixels))

    @cached_property
    def px_tiles(self) -> int:
        """Tiles of the layer: a tile does not belong to a single pass."""
        if self.layer.P < self.config.rows:
            periods, passes = divmod(self.passes, self.period + 1)
            return periods * self.period + passes
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
            ends_alone = self.passes % (self.period + 1) > 0  # the last pass, in a tile of its own
            return self.tiles - ends_alone
        between = self.passes - 1  # ends of passes, of which some are ends of tiles
        return between - between // (self.config.rows // gcd(self.layer.P, self.config.rows))

    def outputs(self, tile: int) -> list[tuple[int, int]]:
        rows, pixels = self.config.rows, self.layer.P
        first, end = tile * rows, self.passes * pixels
        if pixels < rows:
            periods, place = divmod(tile, self.period)
            number = periods * (self.period + 1) + place
            first = number * pixels + place * (rows - pixels)
            end = min(end, (number + 2) * pixels)  # a third pass starts in the next tile
        return [divmod(row, pixels) for row in range(first, min(first + rows, end))]

    @property
    def double_tiles(self) -> int:
        return self.crossings

    @property
    def bank_tiles(self) -> tuple[int, int]:
        banks = [{number % 2 for number, _ in self.outputs(tile)} for tile in range(self.tiles)]
        return sum(0 in of for of in banks), sum(1 in of for of in banks)

    def sequence(self) -> Sequenced:
        if self.layer.P < self.config.rows:
            return Repeat(1, self._few())
        full, last = tuple(range(self.config.rows)), tuple(range(self.last_row + 1))
        middle = Repeat(self.tiles - 1, (Tile(full, moves=False),))
        return Repeat(1, (middle, Tile(last, moves=False)))

    def _few(self) -> tuple[Sequenced, ...]:
        """The tiles, if a pass has fewer than R pixels."""

        def part(tiles: range) -> Repeat:
            """Tiles of which all but the last have R rows in use."""
            full, last = (
                Tile(tuple(range(len(self.outputs(tile)))), moves=False)
                for tile in (tiles[0], tiles[-1])
            )
            return Repeat(1, (Repeat(len(tiles) - 1, (full,)), last))

        periods, rest = divmod(self.passes, self.period + 1)  # the other passes: a tile for each
        every = Repeat(periods, (part(range(self.period)),))
        return (every, part(range(self.tiles - rest, self.tiles))) if rest else (every,)

    def register_values(self, act_base: int) -> dict[str, int]:
        pixels, last = self.layer.P, self.outputs(self.tiles - 1)
        return super().register_values(act_base) | {
            "packed_tiles": 1,
            "beyond": pixels - self.config.rows,
            "pixel_count": pixels - 2,
            "last_crosses": int(last[0][0] != last[-1][0]),
        }

    @property
    def can_store(self) -> bool:
        return False
