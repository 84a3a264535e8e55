"""The activations that the lanes compute from rows of sums and parameters, without a clock."""

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.post_rows import row_words
from convolith.model.quantization.output import Output
from convolith.model.quantization.words import requantization

__all__ = ["activation_words"]


def activation_words(
    tiling: Dataflow, sums: Ints, parameters: NDArray[np.uint8], output: Output
) -> Ints:
    """The words of L activations, (words, L), for rows of sums, (rows, C); signed, as stored."""
    config = tiling.config
    rows = np.empty_like(sums)
    which = tiling.bias_rows()
    for row in range(tiling.bias_words):
        words = parameters[row * config.chunks : (row + 1) * config.chunks]
        mine = which == row
        rows[mine] = requantization(config, words, output).apply(sums[mine])
    return row_words(tiling, rows - output.offset)
