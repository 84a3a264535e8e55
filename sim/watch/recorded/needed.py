"""The cycles that must be recorded to explain something of a layer that is too long for all."""

import numpy as np

from convolith.model.compile.terms import PieceTerms
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.watch.recorded import recording

__all__ = ["needed_window"]

BEFORE = 32  # cycles: what a sum was, and the operands on their way to it


def needed_window(
    convolution: Prepared, cycle: int | None, output: int | None
) -> tuple[int, int] | None:
    """The first and the last cycle; None if all can be recorded.

    ``cycle``: what happens in it. ``output``: all terms of this one.
    """
    config, total = convolution.config, convolution.schedule.cycles
    if total * config.rows * config.cols <= recording.MOST_PE_CYCLES:
        return None
    ends = [] if cycle is None else [max(1, cycle - BEFORE), cycle]
    begin = 0
    for piece in convolution.schedule.pieces if output is not None else ():
        terms = PieceTerms(convolution.layer, piece)
        latest = max(terms.tiling.delay(row) for row in range(config.rows))
        for tile in np.unique(np.nonzero(terms.outputs == output)[0]):
            start = begin + terms.first + terms.starts[tile]
            ends += [max(1, start - BEFORE), start + terms.tiling.tile_cycles + latest]
        begin += piece.cycles
    return min(ends), min(max(ends), total)
