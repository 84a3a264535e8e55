"""Spreading: a dilated kernel becomes a plain one, on images of every d-th pixel.

This is also known as space to batch. Outputs that are ``q = d / gcd(stride, d)`` apart need only
pixels that are d apart. The host lays these pixels out as an image of their own, with padding; an
axis gives q images. There the taps are neighbouring pixels, and the stride is
``stride / gcd(stride, d)``.

    stride 1, dilation 2    outputs 0, 2, 4, ... of pixels 0, 2, 4, ...   and 1, 3, ... of 1, 3, ...
"""

from dataclasses import replace
from math import gcd

import numpy as np

from convolith.model.arrays import Array
from convolith.model.layer import ConvLayer

__all__ = ["spread_input", "spread_layer", "spread_output"]


def _images(layer: ConvLayer, axis: int) -> int:
    """The number of images that one image gives along an axis."""
    stride, dilation = layer.stride[axis], layer.dilation[axis]
    return dilation // gcd(stride, dilation)


def _dilated(layer: ConvLayer) -> list[int]:
    """The axes that are spread; the others stay as they are."""
    return [axis for axis in (0, 1) if layer.dilation[axis] > 1]


def spread_layer(layer: ConvLayer) -> ConvLayer:
    """The spread layer, which the array computes: more and smaller images, with their padding."""
    for axis in _dilated(layer):
        X = "XY"[axis]
        images, kernel = _images(layer, axis), getattr(layer, f"K{X}")
        outputs = -(-getattr(layer, f"O{X}") // images)
        stride = layer.stride[axis] // gcd(layer.stride[axis], layer.dilation[axis])

        def along(pair: tuple[int, int], value: int, axis: int = axis) -> tuple[int, int]:
            return (value, pair[1]) if axis == 0 else (pair[0], value)

        layer = replace(
            layer,
            N=layer.N * images,
            **{f"I{X}": (outputs - 1) * stride + kernel},
            stride=along(layer.stride, stride),
            padding=along(layer.padding, 0),
            padding_after=along(layer.padding_after or layer.padding, 0),
            dilation=along(layer.dilation, 1),
        )
    return layer


def spread_input(layer: ConvLayer, x: Array, padding_value: int = 0) -> Array:
    """The spread layer's input, from ``x``, (N, IC, IX, IY). ``layer`` is not spread."""
    spread = spread_layer(layer)
    for axis in _dilated(layer):
        image = np.arange(_images(layer, axis))[:, None] * layer.stride[axis]
        pixel = np.arange((spread.IX, spread.IY)[axis]) * layer.dilation[axis]
        place = image + pixel - layer.padding[axis]  # (images, pixels)
        extent = x.shape[2 + axis]
        inside = (place >= 0) & (place < extent)
        taken = np.take(x, np.clip(place, 0, extent - 1), axis=2 + axis)
        taken = np.where(inside if axis else inside[:, :, None], taken, padding_value)
        taken = np.moveaxis(taken, 2 + axis, 1)
        x = taken.reshape(-1, *taken.shape[2:])
    return x


def spread_output(layer: ConvLayer, y: Array) -> Array:
    """The output of ``layer``, ``layer.y_shape``, from that of the spread layer."""
    images = _images(layer, 0), _images(layer, 1)
    spread = spread_layer(layer)
    y = y.reshape(layer.N, *images, layer.OC, spread.OX, spread.OY)
    y = y.transpose(0, 3, 4, 1, 5, 2)
    y = y.reshape(layer.N, layer.OC, spread.OX * images[0], spread.OY * images[1])
    return y[:, :, : layer.OX, : layer.OY].reshape(layer.y_shape)
