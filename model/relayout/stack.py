"""Stacking: strips of a depthwise layer's image become channels, where these leave lanes empty.

The outputs are cut along x into strips of equal height. The host lays the pixels that each strip
needs beside those of the others, with padding: a pixel's word then has a pixel of each strip. Two
strips share the lines that the kernel reaches over. Weights and biases are the same for all strips.

    32 channels, words of 64 lanes    lanes 0 to 31: outputs of the upper half
                                      lanes 32 to 63: outputs of the lower half
"""

from dataclasses import replace

import numpy as np

from convolith.model.arrays import Array
from convolith.model.dataflow.ceil_div import ceil_div
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

__all__ = ["stack_count", "stack_input", "stack_layer", "stack_output"]


def stack_count(layer: ConvLayer, config: ArrayConfig) -> int:
    """The number of strips that takes the fewest cycles, and of these the fewest words.

    As many as the lanes have room for that are computed at a time. A strip is as high as whole
    patches.
    """
    most = min(config.part_lanes // layer.IC, layer.OX)
    if most < 2:
        return 1
    patch = config.patch[0]
    lines = ceil_div(ceil_div(layer.OX, most), patch) * patch
    return ceil_div(layer.OX, lines)


def stack_layer(layer: ConvLayer, strips: int) -> ConvLayer:
    """The stacked layer, which the array computes: its input has the padding along x in it."""
    outputs = ceil_div(layer.OX, strips)
    return replace(
        layer, IC=layer.IC * strips, OC=layer.OC * strips, groups=layer.groups * strips,
        IX=(outputs - 1) * layer.stride[0] + (layer.KX - 1) * layer.dilation[0] + 1,
        padding=(0, layer.padding[1]),
        padding_after=(0, (layer.padding_after or layer.padding)[1]),
    )


def stack_input(layer: ConvLayer, strips: int, x: Array, padding_value: int = 0) -> Array:
    """The stacked layer's input, from ``x``, (N, IC, IX, IY). ``layer`` is not stacked."""
    stacked = stack_layer(layer, strips)
    first = np.arange(strips)[:, None] * ceil_div(layer.OX, strips) * layer.stride[0]
    lines = first + np.arange(stacked.IX) - layer.padding[0]  # (strips, lines)
    inside = (lines >= 0) & (lines < layer.IX)
    taken = x[:, :, np.clip(lines, 0, layer.IX - 1)]  # (N, IC, strips, lines, IY)
    taken = np.where(inside[:, :, None], taken, padding_value)
    return taken.swapaxes(1, 2).reshape(stacked.N, stacked.IC, stacked.IX, stacked.IY)


def stack_output(layer: ConvLayer, strips: int, y: Array) -> Array:
    """The output of ``layer``, ``layer.y_shape``, from that of the stacked layer."""
    y = y.reshape(layer.N, strips, layer.OC, -1, layer.OY).swapaxes(1, 2)
    y = y.reshape(layer.N, layer.OC, -1, layer.OY)[:, :, : layer.OX]
    return y.reshape(layer.y_shape)
