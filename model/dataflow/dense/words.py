"""Weights, biases and sums of the plain loop nest, and of the dataflows that derive from it.

Weights lie in the order in which the array takes them, (g, oc_tile, ic_block, kx, ky, beat): a word
has D weights for each of the C columns, column 0 lowest, and is consumed in one cycle.

Sums leave in the order (g, oc_tile, n, ox, oy), C at a time.
"""

from typing import TYPE_CHECKING

from convolith.model.dataflow.dataflow import Ints
from convolith.model.dataflow.layout import padded

if TYPE_CHECKING:
    from convolith.model.dataflow.dense.tiling import DenseTiling

__all__ = ["bias_words", "output_tensor", "weight_words"]


def weight_words(tiling: "DenseTiling", w: Ints) -> Ints:
    """The weight (``layer.w_shape``) as words: (words, C * D) values, column 0 first."""
    layer, config = tiling.layer, tiling.config
    grouped = w.reshape(layer.groups, layer.group_OC, layer.group_IC, layer.KX, layer.KY)
    grouped = padded(grouped, 1, tiling.oc_tiles * config.cols)
    grouped = padded(grouped, 2, tiling.ic_blocks * config.lanes)
    split = grouped.reshape(
        layer.groups, tiling.oc_tiles, config.cols,
        tiling.ic_blocks, config.beats, config.dot, layer.KX, layer.KY,
    )
    #       g, oc_tile, ic_block, kx, ky, beat, column, dot
    ordered = split.transpose(0, 1, 3, 6, 7, 4, 2, 5)[:, :, :, :, :, : tiling.step_beats]
    return ordered.reshape(-1, config.cols * config.dot)


def bias_words(tiling: "DenseTiling", bias: Ints) -> Ints:
    """The bias, (OC,), as words, (words, C): one per (g, oc_tile)."""
    channels = tiling.oc_tiles * tiling.config.cols
    grouped = padded(bias.reshape(tiling.layer.groups, -1), 1, channels)
    return grouped.reshape(-1, tiling.config.cols)


def output_tensor(tiling: "DenseTiling", rows: Ints) -> Ints:
    """The output tensor (``layer.y_shape``), from rows of C sums in the order they leave."""
    layer, cols = tiling.layer, tiling.config.cols
    tiles = rows.reshape(layer.groups, tiling.oc_tiles, layer.N, layer.OX, layer.OY, cols)
    channels = tiles.transpose(2, 0, 1, 5, 3, 4).reshape(
        layer.N, layer.groups, tiling.oc_tiles * cols, layer.OX, layer.OY
    )
    return channels[:, :, : layer.group_OC].reshape(layer.y_shape)
