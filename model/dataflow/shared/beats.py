"""What the PEs multiply in each beat of a layer with shared words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.dataflow.beat import Beat
from convolith.model.dataflow.pixels import pixel_under
from convolith.model.dataflow.shared.words import channel_index

if TYPE_CHECKING:
    from convolith.model.dataflow.shared.tiling import SharedTiling

__all__ = ["beats"]


def beats(tiling: "SharedTiling", x: Ints, w: Ints, tiles: range) -> Iterator[Beat]:
    """The beats of all taps of some tiles, and one for the begin of each tile."""
    config, layer = tiling.config, tiling.layer
    taps = dict(tiling.taps())
    channels = channel_index(tiling)
    shape = (config.rows, config.cols, config.dot)
    passes = (tiling.pixel_words, tiling.multiplier, tiling.parts)
    for tile in tiles:
        place = np.unravel_index(tile, (*passes, layer.N, *tiling.patches))
        block, m, part, n, px, py = (int(i) for i in place)
        for cycle in sorted({0, *taps}):
            operands, weights = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
            for r in range(config.rows if cycle in taps else 0):
                group, i, j = tiling.place(r)
                pixel = n, px * tiling.patch[0] + i, py * tiling.patch[1] + j
                a = pixel_under(layer, x, pixel, *taps[cycle])
                lanes = channels[block, part, group]
                valid = lanes >= 0
                d = group % config.dot  # the multiplier that takes them
                operands[r, valid, d] = a[lanes[valid]]
                weights[r, valid, d] = w[lanes[valid] * layer.group_OC + m, 0, *taps[cycle]]
            slot = tile * tiling.tile_cycles + cycle
            yield Beat(slot, tile, cycle == 0, operands, weights)
