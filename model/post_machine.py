"""What the lanes make of rows of sums, without a clock, from the words of their parameters."""

import numpy as np
from numpy.typing import NDArray

from convolith.model.depthwise import AnyTiling, DepthwiseTiling
from convolith.model.post_rows import row_words
from convolith.model.quantization.output import Output
from convolith.model.quantization.words import requantization

__all__ = ["activation_words", "parameter_rows"]

Ints = NDArray[np.int64]


def parameter_rows(tiling: AnyTiling) -> Ints:
    """Per row of sums which row of C channels' parameters it takes: (output rows,).

    As with bias words: one per (g, oc_tile), or one per lane group of a pass.
    """
    if not isinstance(tiling, DepthwiseTiling):
        return np.repeat(np.arange(tiling.bias_words), tiling.layer.P)
    layer, groups = tiling.layer, tiling.config.lane_groups
    patch = []  # of one image: a number per row
    for px, py in np.ndindex(*tiling.patches):
        x = tiling.edge(0) if px == tiling.patches[0] - 1 else tiling.patch[0]
        y = tiling.edge(1) if py == tiling.patches[1] - 1 else tiling.patch[1]
        patch.append(np.repeat(np.arange(groups), x * y))
    image = np.concatenate(patch)
    passes = np.arange(tiling.passes)[:, None] * groups
    return (passes + np.tile(image, layer.N)).reshape(-1)


def activation_words(
    tiling: AnyTiling, sums: Ints, parameters: NDArray[np.uint8], output: Output
) -> Ints:
    """Rows of sums, (rows, C), as words of L activations, (words, L), as they are stored."""
    config = tiling.config
    rows = np.empty_like(sums)
    which = parameter_rows(tiling)
    for row in range(tiling.bias_words):
        words = parameters[row * config.chunks : (row + 1) * config.chunks]
        mine = which == row
        rows[mine] = requantization(config, words, output).apply(sums[mine])
    return row_words(tiling, rows - output.offset)
