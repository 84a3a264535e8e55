"""Which products the PEs add in each cycle, in the indices of the user's own tensors.

A *term* is one product of a sum: an activation and a weight. However a piece is laid out, its terms
are found by laying out the indices of the tensors in the place of their numbers.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.piece import Piece
from convolith.model.dataflow import cycles
from convolith.model.dataflow.beat import Beat
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.post_cycles import tile_starts
from convolith.model.dataflow.sequence import all_tiles
from convolith.model.layer import ConvLayer

__all__ = ["NONE", "PieceTerms"]

NONE = -1
"""In the place of an index: there is no such number."""


@dataclass(frozen=True)
class PieceTerms:
    """The terms of one piece of a layer.

    Parameters
    ----------
    layer : ConvLayer
        The whole layer, as the user has it.
    piece : Piece
    """

    layer: ConvLayer
    piece: Piece

    @property
    def tiling(self) -> Dataflow:
        """Of the piece, as it is laid out."""
        return self.piece.mapping.tiling

    @property
    def first(self) -> int:
        """The cycle of the piece in which the sum of PE (0, 0) first shows a term, or would."""
        latency = cycles.array_latency(self.tiling.config)
        return cycles.START_LATENCY + 1 + cycles.OPERANDS + latency

    def beats(self, tiles: range | None = None) -> Iterator[Beat]:
        """Beats whose operands are indices into the layer's flattened tensors, or `NONE`.

        Row r adds the terms of a beat ``delay(r)`` cycles after row 0, which adds them in cycle
        ``first + slot`` of the piece: then its sum shows them.
        """
        x, w = self._laid
        for beat in self.tiling.beats(x, w, tiles):
            waited = self.starts[beat.tile] - beat.tile * self.tiling.tile_cycles
            yield replace(beat, slot=beat.slot + waited, x=beat.x + NONE, w=beat.w + NONE)

    @cached_property
    def starts(self) -> Sequence[int]:
        """The slot in which each tile starts. Slow lanes make tiles wait for room at the output."""
        tiling = self.tiling
        if self.piece.mapping.requantized and self.piece.last:
            return tile_starts(tiling)
        return range(0, tiling.tiles * tiling.tile_cycles, tiling.tile_cycles)

    def tiles_in(self, window: tuple[int, int]) -> range:
        """The tiles of which some row adds terms in a window of the piece's cycles."""
        tiling = self.tiling
        most = max(tiling.delay(row) for row in range(tiling.config.rows))
        begin = bisect_right(self.starts, window[0] - self.first - most - tiling.tile_cycles)
        end = bisect_right(self.starts, window[1] - self.first)
        return range(begin, max(begin, end))

    @cached_property
    def outputs(self) -> Ints:
        """The output of each PE, (tiles, R, C), as an index into the flattened output, or `NONE`.

        With row pairs both rows of a pair have it.
        """
        tiling, config = self.tiling, self.tiling.config
        numbers = np.arange(tiling.output_rows * config.cols).reshape(-1, config.cols)
        laid = self.piece.mapping.output_tensor(numbers)
        places = np.full(numbers.size, NONE, dtype=np.int64)
        places[laid.reshape(-1)] = self._outputs_of_piece.reshape(-1)
        places = places.reshape(numbers.shape)
        found = np.full((tiling.tiles, config.rows, config.cols), NONE, dtype=np.int64)
        leaving = 0
        for number, tile in enumerate(all_tiles(tiling.sequence())):
            for row in tile.rows:
                for sharing in range(tiling.sharing_rows):
                    found[number, row - sharing] = places[leaving]
                leaving += 1
        return found

    @cached_property
    def _laid(self) -> tuple[Ints, Ints]:
        """Indices of input and weight, plus one, as the piece's layer has them; 0 for none."""
        layer, mapping, piece = self.layer, self.piece.mapping, self.piece
        x = np.arange(1, layer.N * layer.IC * layer.IX * layer.IY + 1).reshape(
            layer.N, layer.IC, layer.IX, layer.IY
        )
        w = np.arange(1, layer.OC * layer.group_IC * layer.KX * layer.KY + 1).reshape(
            layer.OC, layer.group_IC, layer.KX, layer.KY
        )
        laid = mapping.tiling.layer
        laid_x = mapping.laid_input(x[piece.input])
        laid_w = mapping.laid_weight(w[piece.weight])
        return (
            laid_x.reshape(laid.N, laid.IC, laid.IX, laid.IY),
            laid_w.reshape(laid.OC, laid.group_IC, laid.KX, laid.KY),
        )

    @cached_property
    def _outputs_of_piece(self) -> Ints:
        layer = self.layer
        y = np.arange(layer.N * layer.OC * layer.OX * layer.OY)
        return y.reshape(layer.N, layer.OC, layer.OX, layer.OY)[self.piece.output]

