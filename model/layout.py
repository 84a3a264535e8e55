"""Tensors <-> memory words and output rows.

Activations lie channels-last in words of V lanes, (n, x, y, g, ic_block): each group of each pixel
starts a word of its own, and lanes past its last channel hold zero.

Weights lie in the order in which the array takes them, (g, oc_tile, ic_block, kx, ky, beat): a word
has D weights for each of the C columns, column 0 lowest, and is consumed in one cycle. Where pairs
of rows share an output, (g, oc_tile, row of the pair, ic_block, ...).

Sums leave in the order (g, oc_tile, n, ox, oy), C at a time.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.depthwise import AnyTiling
from convolith.model.paired import PairedTiling
from convolith.model.tiling import Tiling

__all__ = [
    "act_words",
    "bias_words",
    "channel_words",
    "output_tensor",
    "to_ints",
    "weight_banks",
    "weight_words",
]

Ints = NDArray[np.int64]


def _padded(array: Ints, axis: int, size: int) -> Ints:
    widths = [(0, 0)] * array.ndim
    widths[axis] = (0, size - array.shape[axis])
    return np.pad(array, widths)


def act_words(tiling: Tiling, x: Ints) -> Ints:
    """The input (``layer.x_shape``) as words: (words, V) lane values, lowest lane first."""
    layer = tiling.layer
    x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    return channel_words(x, layer.groups, tiling.config.lanes)


def channel_words(x: Ints, groups: int, lanes: int) -> Ints:
    """(N, IC, IX, IY) as words of ``lanes`` channels of a pixel's group."""
    n, channels, height, width = x.shape
    grouped = x.reshape(n, groups, channels // groups, height, width)
    grouped = _padded(grouped, 2, -(-grouped.shape[2] // lanes) * lanes)
    return grouped.transpose(0, 3, 4, 1, 2).reshape(-1, lanes)


def weight_words(tiling: Tiling, w: Ints) -> Ints:
    """The weight (``layer.w_shape``) as words: (words, C * D) values, column 0 first."""
    layer, config = tiling.layer, tiling.config
    grouped = w.reshape(layer.groups, layer.group_OC, layer.group_IC, layer.KX, layer.KY)
    grouped = _padded(grouped, 1, tiling.oc_tiles * config.cols)
    grouped = _padded(grouped, 2, tiling.ic_blocks * config.lanes)
    split = grouped.reshape(
        layer.groups, tiling.oc_tiles, config.cols,
        tiling.ic_blocks, config.beats, config.dot, layer.KX, layer.KY,
    )  # fmt: skip
    #       g, oc_tile, ic_block, kx, ky, beat, column, dot
    ordered = split.transpose(0, 1, 3, 6, 7, 4, 2, 5)
    if isinstance(tiling, PairedTiling):
        nothing = np.zeros_like(ordered[:, :, 0])
        ordered = np.stack([
            nothing if block is None else ordered[:, :, block]
            for row in (0, 1) for block in tiling.blocks(row)
        ], axis=2)  # fmt: skip
    return ordered.reshape(tiling.weight_words, config.cols * config.dot)


def weight_banks(tiling: AnyTiling, words: NDArray[np.integer]) -> tuple[Any, Any]:
    """All weight words as those of the two banks; or all, and none.

    Passes take turns, or of each pass the two rows of a pair.
    """
    even, odd = tiling.weight_banks
    if not odd:
        return words, words[:0]
    passes = words.reshape(-1, tiling.pass_weights, words.shape[1])
    return passes[::2].reshape(even, -1), passes[1::2].reshape(odd, -1)


def bias_words(tiling: Tiling, bias: Ints) -> Ints:
    """The bias, (OC,), as words, (words, C): one per (g, oc_tile)."""
    channels = tiling.oc_tiles * tiling.config.cols
    grouped = _padded(bias.reshape(tiling.layer.groups, -1), 1, channels)
    return grouped.reshape(-1, tiling.config.cols)


def output_tensor(tiling: Tiling, rows: Ints) -> Ints:
    """Rows of C sums, as they left the array, as the output tensor (``layer.y_shape``)."""
    layer, cols = tiling.layer, tiling.config.cols
    tiles = rows.reshape(layer.groups, tiling.oc_tiles, layer.N, layer.OX, layer.OY, cols)
    channels = tiles.transpose(2, 0, 1, 5, 3, 4).reshape(
        layer.N, layer.groups, tiling.oc_tiles * cols, layer.OX, layer.OY
    )
    return channels[:, :, : layer.group_OC].reshape(layer.y_shape)


def to_ints(words: Ints, bits: int) -> list[int]:
    """Words of ``bits``-wide two's complement lanes as Python integers, lane 0 lowest."""
    count, lanes = words.shape
    weights = np.arange(bits, dtype=np.int64)
    planes = (words[:, :, None] >> weights) & 1
    packed = np.packbits(
        planes.reshape(count, lanes * bits).astype(np.uint8), axis=1, bitorder="little"
    )
    return [int.from_bytes(row.tobytes(), "little") for row in packed]
