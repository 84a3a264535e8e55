"""The tutorial's loop nests in NumPy, loop by loop, in its order and with its index names.

These are *correlations*, as PyTorch's convolutions are: the input index grows with the kernel
index, ``ox + kx``. The formula of the tutorial's Mathematics section flips the kernel:
`mathematics.py`.

Source: "Basic Convolution", sections "Code for Simple Convolution", "... Multiple Channel
Convolution" and "Convolutions when batch size is 2". Sums keep the type that NumPy gives the
product, so integers stay exact.
"""


import numpy as np

from convolith.model.arrays import Array
from convolith.model.layer import ConvLayer

__all__ = [
    "conv1d_batch",
    "conv1d_channels",
    "conv1d_single",
    "conv2d_batch",
    "conv2d_channels",
    "conv2d_single",
    "conv_nest",
]


def _zeros(x: Array, w: Array, *shape: int) -> Array:
    if min(shape) < 1:
        raise ValueError(f"the kernel must fit the input, but the output's shape is {shape}")
    return np.zeros(shape, dtype=np.result_type(x, w))


def conv1d_single(x: Array, w: Array) -> Array:
    """x (IX,), w (KX,) -> (OX,)."""
    (IX,), (KX,) = x.shape, w.shape
    y = _zeros(x, w, IX - KX + 1)
    for ox in range(IX - KX + 1):
        for kx in range(KX):
            y[ox] += x[ox + kx] * w[kx]
    return y


def conv2d_single(x: Array, w: Array) -> Array:
    """x (IX, IY), w (KX, KY) -> (OX, OY)."""
    (IX, IY), (KX, KY) = x.shape, w.shape
    y = _zeros(x, w, IX - KX + 1, IY - KY + 1)
    for ox, oy in np.ndindex(*y.shape):
        for kx, ky in np.ndindex(KX, KY):
            y[ox, oy] += x[ox + kx, oy + ky] * w[kx, ky]
    return y


def conv1d_channels(x: Array, w: Array) -> Array:
    """x (IC, IX), w (OC, IC, KX) -> (OC, OX)."""
    (IC, IX), (OC, _, KX) = x.shape, w.shape
    y = _zeros(x, w, OC, IX - KX + 1)
    for oc, ox in np.ndindex(*y.shape):
        for ic, kx in np.ndindex(IC, KX):
            y[oc, ox] += x[ic, ox + kx] * w[oc, ic, kx]
    return y


def conv2d_channels(x: Array, w: Array) -> Array:
    """x (IC, IX, IY), w (OC, IC, KX, KY) -> (OC, OX, OY)."""
    (IC, IX, IY), (OC, _, KX, KY) = x.shape, w.shape
    y = _zeros(x, w, OC, IX - KX + 1, IY - KY + 1)
    for oc, ox, oy in np.ndindex(*y.shape):
        for ic, kx, ky in np.ndindex(IC, KX, KY):
            y[oc, ox, oy] += x[ic, ox + kx, oy + ky] * w[oc, ic, kx, ky]
    return y


def conv1d_batch(x: Array, w: Array) -> Array:
    """x (N, IC, IX), w (OC, IC, KX) -> (N, OC, OX)."""
    return np.stack([conv1d_channels(image, w) for image in x])


def conv2d_batch(x: Array, w: Array) -> Array:
    """x (N, IC, IX, IY), w (OC, IC, KX, KY) -> (N, OC, OX, OY)."""
    return np.stack([conv2d_channels(image, w) for image in x])


def conv_nest(layer: ConvLayer, x: Array, w: Array) -> Array:
    """The batch nest with everything PyTorch adds: stride, padding, dilation and groups per axis.

    ``x``, ``w`` and the result have the shapes ``layer.x_shape``, ``w_shape`` and ``y_shape``. The
    input index is ``ox*stride + kx*dilation - padding``; what lies outside counts as zero.
    """
    x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    w = w.reshape(layer.OC, layer.group_IC, layer.KX, layer.KY)
    y = _zeros(x, w, layer.N, layer.OC, layer.OX, layer.OY)
    (sx, sy), (px, py), (dx, dy) = layer.stride, layer.padding, layer.dilation
    for n, oc, ox, oy in np.ndindex(*y.shape):
        first_ic = oc // layer.group_OC * layer.group_IC
        for ic, kx, ky in np.ndindex(layer.group_IC, layer.KX, layer.KY):
            ix, iy = ox * sx + kx * dx - px, oy * sy + ky * dy - py
            if 0 <= ix < layer.IX and 0 <= iy < layer.IY:
                y[n, oc, ox, oy] += x[n, first_ic + ic, ix, iy] * w[oc, ic, kx, ky]
    return y.reshape(layer.y_shape)
