"""The layout of memory words that all dataflows have in common.

Activations lie channels-last in words of V lanes, (n, x, y, g, ic_block). Each group of each pixel
starts a new word, and lanes past its last channel hold zero.
"""

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.dataflow.dataflow import Dataflow

__all__ = ["act_words", "channel_words", "joined_banks", "padded"]


def padded(array: Ints, axis: int, size: int) -> Ints:
    """The array with zeros appended along an axis, up to ``size``."""
    widths = [(0, 0)] * array.ndim
    widths[axis] = (0, size - array.shape[axis])
    return np.pad(array, widths)


def act_words(tiling: Dataflow, x: Ints) -> Ints:
    """The input (``layer.x_shape``) as words: (words, V) lane values, lowest lane first."""
    layer = tiling.layer
    x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    return channel_words(x, tiling.word_groups, tiling.config.lanes)


def channel_words(x: Ints, groups: int, lanes: int) -> Ints:
    """The input, (N, IC, IX, IY), as words of ``lanes`` channels of a pixel's group."""
    n, channels, height, width = x.shape
    grouped = x.reshape(n, groups, channels // groups, height, width)
    grouped = padded(grouped, 2, -(-grouped.shape[2] // lanes) * lanes)
    return grouped.transpose(0, 3, 4, 1, 2).reshape(-1, lanes)


def joined_banks(
    tiling: Dataflow, even: NDArray[np.integer], odd: NDArray[np.integer] | None
) -> NDArray[np.integer]:
    """All weight words, from those of the two banks: the inverse of `Dataflow.in_banks`."""
    counts = tiling.weight_banks
    if odd is None or not counts[1]:
        return even
    words = np.empty((sum(counts), even.shape[1]), dtype=even.dtype)
    passes = words.reshape(-1, tiling.pass_weights, even.shape[1])
    for first, bank in enumerate((even, odd)):
        passes[first::2] = bank.reshape(-1, tiling.pass_weights, even.shape[1])
    return words
