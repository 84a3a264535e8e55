"""The value of every accumulator in every cycle, computed from the loop nest alone."""

import numpy as np

from convolith.model.dataflow import cycles
from convolith.model.dataflow.dataflow import Dataflow, Ints

__all__ = ["trace"]


def trace(tiling: Dataflow, x: Ints, w: Ints) -> Ints:
    """The accumulators: entry [c, r, k] is that of PE (r, k) during cycle c.

    Shape: (cycles + 1, R, C). Cycle 1 follows the edge that accepts the layer. Entries before the
    first product are 0. Rows without a pixel and columns without an output channel add zeros.
    """
    config = tiling.config
    first = cycles.START_LATENCY + 1 + cycles.OPERANDS + cycles.array_latency(config)
    total = cycles.cycles(tiling)
    held = np.zeros((total + 1, config.rows, config.cols), dtype=np.int64)
    sums = np.zeros((config.rows, config.cols), dtype=np.int64)
    layer = tiling.layer
    x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    w = w.reshape(layer.OC, layer.group_IC, layer.KX, layer.KY)
    for beat in tiling.beats(x, w):
        sums = beat.products if beat.first else sums + beat.products
        for r in range(config.rows):
            held[first + beat.slot + tiling.delay(r) :, r] = sums[r]
    return held
