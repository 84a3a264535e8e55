"""The products of each beat of a layer with shared words, for `trace`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from convolith.model.dataflow.dataflow import Ints
from convolith.model.dataflow.pixels import pixel_under
from convolith.model.dataflow.shared.words import channel_index

if TYPE_CHECKING:
    from convolith.model.dataflow.shared.tiling import SharedTiling

__all__ = ["beats"]


def beats(tiling: "SharedTiling", x: Ints, w: Ints) -> Iterator[tuple[int, bool, Ints]]:
    """For each tap and each begin of a tile: cycle, whether it begins a tile, R x C products."""
    config, layer = tiling.config, tiling.layer
    taps = dict(tiling.taps())
    channels = channel_index(tiling)
    tile = 0
    for block, m, part in np.ndindex(tiling.pixel_words, tiling.multiplier, tiling.parts):
        for n, px, py in np.ndindex(layer.N, *tiling.patches):
            for cycle in sorted({0, *taps}):
                products = np.zeros((config.rows, config.cols), dtype=np.int64)
                for r in range(config.rows if cycle in taps else 0):
                    group, i, j = tiling.place(r)
                    pixel = n, px * tiling.patch[0] + i, py * tiling.patch[1] + j
                    a = pixel_under(layer, x, pixel, *taps[cycle])
                    lanes = channels[block, part, group]
                    valid = lanes >= 0
                    weights = w[lanes[valid] * layer.group_OC + m, 0, *taps[cycle]]
                    products[r, valid] = a[lanes[valid]] * weights
                yield tile * tiling.tile_cycles + cycle, cycle == 0, products
            tile += 1
