"""Activation words as an image: with its padding, and under a tap of the kernel."""

import numpy as np

from convolith.model.arrays import Ints, Words
from convolith.model.layer import ConvLayer

__all__ = ["pad_words", "pixel_under", "under_kernel"]


def pad_words(layer: ConvLayer, act: Words, value: int) -> Words:
    """The words as an image with its padding: (N, x, y, words of a pixel, V).

    Where the padding after the image is negative, that much of the image's end is cut off.
    """
    pixels = act.reshape(layer.N, layer.IX, layer.IY, -1, act.shape[1])
    after = layer.padding_after or layer.padding
    sides = [(before, max(0, after)) for before, after in zip(layer.padding, after, strict=True)]
    padded = np.pad(pixels, [(0, 0), *sides, (0, 0), (0, 0)], constant_values=value)
    x, y = layer.padded_extent
    return padded[:, :x, :y]


def under_kernel(
    layer: ConvLayer, pixels: Words, x: int, y: int, outputs: tuple[int, int]
) -> Words:
    """The pixels of all outputs under one tap of the kernel: from (x, y) on, a stride apart."""
    (sx, sy), (ox, oy) = layer.stride, outputs
    return pixels[:, x : x + (ox - 1) * sx + 1 : sx, y : y + (oy - 1) * sy + 1 : sy]


def pixel_under(layer: ConvLayer, x: Ints, pixel: tuple[int, ...], kx: int, ky: int) -> Ints:
    """All channels of the input pixel under tap (kx, ky) of this output pixel; zero outside."""
    n, ox, oy = pixel
    ix = ox * layer.stride[0] + kx * layer.dilation[0] - layer.padding[0]
    iy = oy * layer.stride[1] + ky * layer.dilation[1] - layer.padding[1]
    if 0 <= ix < layer.IX and 0 <= iy < layer.IY:
        return x[n, :, ix, iy]
    return np.zeros(layer.IC, dtype=np.int64)
