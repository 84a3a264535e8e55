"""Neighbouring groups as one: for groups whose channels do not fill the array.

The weight is then zero where an output channel and an input channel are of different groups.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.layer import ConvLayer

__all__ = ["merge_bias", "merge_counts", "merge_input", "merge_layer", "merge_weight"]


def merge_counts(layer: ConvLayer, lanes: int, cols: int) -> list[int]:
    """Groups to be merged that are worth a look, on ``cols`` columns and words of ``lanes``.

    Those that leave none over; and the most that need so many words, of the kernel as it is or
    folded, or so many tiles of columns: fewer would take as many cycles each. What is merged fits a
    word, before it is folded.
    """
    most = max(1, min(layer.groups, lanes // layer.group_IC))
    counts = {most} | {count for count in range(1, most + 1) if layer.groups % count == 0}
    kernel = {1, layer.KX, layer.KY, layer.KX * layer.KY}
    needs = [(lanes, layer.group_IC * taps) for taps in kernel]
    for room, each in (*needs, (cols, layer.group_OC)):
        takes = [-(-count * each // room) for count in range(1, most + 1)]
        counts |= {n for n, (now, more) in enumerate(pairwise(takes), start=1) if now < more}
    return sorted(counts)


def merge_layer(layer: ConvLayer, count: int) -> ConvLayer:
    """``count`` groups at a time as one; the last is filled up with groups of zeros."""
    groups = -(-layer.groups // count)
    return replace(
        layer, groups=groups, IC=groups * count * layer.group_IC, OC=groups * count * layer.group_OC
    )


def merge_input(layer: ConvLayer, count: int, x: NDArray[Any]) -> NDArray[Any]:
    """The input, (N, IC, IX, IY), of the merged layer; ``layer`` is the one before."""
    more = merge_layer(layer, count).IC - layer.IC
    return np.pad(x, [(0, 0), (0, more), (0, 0), (0, 0)]) if more else x


def merge_bias(layer: ConvLayer, count: int, bias: NDArray[Any]) -> NDArray[Any]:
    """The bias, (OC,), likewise."""
    return np.pad(bias, (0, merge_layer(layer, count).OC - layer.OC))


def merge_weight(layer: ConvLayer, count: int, w: NDArray[Any]) -> NDArray[Any]:
    """The weight, (OC, IC / groups, KX, KY), likewise."""
    w = w.reshape(layer.OC, layer.group_IC, layer.KX, layer.KY)
    merged = np.zeros((merge_layer(layer, count).OC, count, *w.shape[1:]), dtype=w.dtype)
    for oc in range(layer.OC):
        merged[oc, oc // layer.group_OC % count] = w[oc]
    return merged.reshape(-1, count * layer.group_IC, layer.KX, layer.KY)
