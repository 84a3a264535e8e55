"""What the lanes make of rows of sums, without a clock, from the words of their parameters."""

import numpy as np
from numpy.typing import NDArray

from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.post_rows import row_words
from convolith.model.quantization.output import Output
from convolith.model.quantization.words import requantization

__all__ = ["activation_words"]

Ints = NDArray[np.int64]


def activation_words(
    tiling: Dataflow, sums: Ints, parameters: NDArray[np.uint8], output: Output
) -> Ints:
    """Rows of sums, (rows, C), as words of L activations, (words, L), as they are stored."""
    config = tiling.config
    rows = np.empty_like(sums)
    which = tiling.bias_rows()
    for row in range(tiling.bias_words):
        words = parameters[row * config.chunks : (row + 1) * config.chunks]
        mine = which == row
        rows[mine] = requantization(config, words, output).apply(sums[mine])
    return row_words(tiling, rows - output.offset)
