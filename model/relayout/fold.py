"""Kernel folding: taps as channels, for layers whose input channels leave lanes of a word empty.

The host lays the input out so that a pixel's words hold the inputs of several taps: of those along
y, along x, or both. The folded kernel is KX x 1, 1 x KY or 1 x 1, with KY, KX or KX * KY times the
channels.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from convolith.model.arrays import Array
from convolith.model.layer import ConvLayer

__all__ = ["FOLDS", "fold_input", "fold_layer", "fold_weight", "worth_folding"]

FOLDS = ("", "y", "x", "xy")
"""The axes along which the kernel is folded: none, the width, the height, both."""


def worth_folding(layer: ConvLayer, fold: str, lanes: int, *, halves_words: bool = False) -> bool:
    """Whether the fold may take fewer cycles, and does not make the input too large.

    It may where channels leave lanes of a word of ``lanes`` empty. A fold along both axes makes the
    input KX * KY times as large, so the channels must not fill a word. A square kernel is folded
    along y only, as x gives the same. ``halves_words``: with row pairs, a fold may also help where
    one row of a pair would take a word more than the other.
    """
    KX, KY, channels = layer.KX, layer.KY, layer.group_IC
    some = channels % lanes > 0 or (halves_words and channels // lanes % 2 == 1)
    return {
        "": True,
        "y": KY > 1 and some,
        "x": KX > 1 and KX != KY and some,
        "xy": max(KX, KY) > 1 and channels < lanes,
    }[fold]


@lru_cache(maxsize=1024)  # a planner asks for the same ones again and again
def fold_layer(layer: ConvLayer, fold: str) -> ConvLayer:
    """The folded layer, which the array computes: same output, other input and weight."""
    for axis in fold:
        X = axis.upper()
        taps, extent = getattr(layer, f"K{X}"), getattr(layer, f"O{X}")
        i = "xy".index(axis)

        def along(pair: tuple[int, int], value: int, i: int = i) -> tuple[int, int]:
            return (value, pair[1]) if i == 0 else (pair[0], value)

        layer = replace(
            layer,
            IC=layer.IC * taps,
            **{f"I{X}": extent, f"K{X}": 1},
            stride=along(layer.stride, 1),
            padding=along(layer.padding, 0),
            padding_after=along(layer.padding_after or layer.padding, 0),
            dilation=along(layer.dilation, 1),
        )
    return layer


def fold_input(layer: ConvLayer, fold: str, x: Array, padding_value: int = 0) -> Array:
    """The folded layer's input, from ``x``, (N, IC, IX, IY). ``layer`` is not folded."""
    x = x.reshape(layer.N, layer.groups, layer.group_IC, layer.IX, layer.IY)
    before, after = layer.padding, layer.padding_after or layer.padding
    for axis in fold:
        i = "xy".index(axis)
        sides = [(0, 0)] * 3 + [(before[j], max(0, after[j])) if j == i else (0, 0) for j in (0, 1)]
        padded = np.pad(x, sides, constant_values=padding_value)
        taps, outputs = (layer.KX, layer.KY)[i], (layer.OX, layer.OY)[i]
        stride, dilation = layer.stride[i], layer.dilation[i]
        parts = []
        for k in range(taps):
            window = slice(k * dilation, k * dilation + (outputs - 1) * stride + 1, stride)
            parts.append(padded[:, :, :, window] if i == 0 else padded[..., window])
        x = np.concatenate(parts, axis=2)
    return x.reshape(x.shape[0], -1, *x.shape[3:])


def fold_weight(layer: ConvLayer, fold: str, w: Array) -> Array:
    """The folded layer's weight, from ``w``, (OC, IC / groups, KX, KY). ``layer`` is not folded."""
    w = w.reshape(layer.OC, layer.group_IC, layer.KX, layer.KY)
    for axis in fold:
        i = 2 + "xy".index(axis)
        taps = [np.take(w, [k], axis=i) for k in range(w.shape[i])]
        w = np.concatenate(taps, axis=1)
    return w
