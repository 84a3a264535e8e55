"""What every accumulator holds, cycle by cycle, from the loop nest alone."""

import numpy as np

from convolith.model.dataflow import cycles
from convolith.model.dataflow.dataflow import Dataflow, Ints

__all__ = ["trace"]


def trace(tiling: Dataflow, x: Ints, w: Ints) -> Ints:
    """The sums since ``first``: entry [c, r, k] is PE (r, k)'s accumulator during cycle c.

    Cycle 1 follows the edge that accepts the layer; entry 0 and all until the first product are the
    zero that a reset leaves. Shape: (cycles + 1, R, C). Rows of a last tile without a pixel add up
    zeros, columns without an output channel as well.
    """
    config = tiling.config
    first = cycles.START_LATENCY + 1 + cycles.OPERANDS + cycles.array_latency(config)
    total = cycles.cycles(tiling)
    held = np.zeros((total + 1, config.rows, config.cols), dtype=np.int64)
    sums = np.zeros((config.rows, config.cols), dtype=np.int64)
    layer = tiling.layer
    x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    w = w.reshape(layer.OC, layer.group_IC, layer.KX, layer.KY)
    for slot, is_first, products in tiling.beats(x, w):
        sums = products if is_first else sums + products
        for r in range(config.rows):
            held[first + slot + tiling.delay(r) :, r] = sums[r]
    return held
