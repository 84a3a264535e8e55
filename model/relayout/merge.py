"""Merging: neighbouring groups become one, where a group's channels do not fill the array.

The merged weight is zero where the output and the input channel are of different groups.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

__all__ = ["merge_bias", "merge_counts", "merge_input", "merge_layer", "merge_weight"]


def merge_counts(layer: ConvLayer, config: ArrayConfig) -> list[int]:
    """The numbers of groups to merge that are worth trying.

    The merged channels must fit a word (before folding). Worth trying are the divisors of the
    number of groups; and, for each number of words (of the kernel or of a folded kernel) and of
    column tiles, the largest count that needs no more, as smaller counts take as many cycles each.
    If steps with fewer channels are shorter, the largest count with the shortest steps is as well,
    and for each number of groups that are left the smallest count.
    """
    most = max(1, min(layer.groups, config.lanes // layer.group_IC))
    counts = {most} | {count for count in range(1, most + 1) if layer.groups % count == 0}
    kernel = {1, layer.KX, layer.KY, layer.KX * layer.KY}
    rooms = [config.lanes]
    if config.steps_vary:
        rooms.append(config.rows * config.dot)
        left = {-(-layer.groups // count) for count in range(1, most + 1)}
        counts |= {-(-layer.groups // groups) for groups in left}
    needs = [(room, layer.group_IC * taps) for room in rooms for taps in kernel]
    for room, each in (*needs, (config.cols, layer.group_OC)):
        takes = [-(-count * each // room) for count in range(1, most + 1)]
        counts |= {n for n, (now, more) in enumerate(pairwise(takes), start=1) if now < more}
    return sorted(counts)


@lru_cache(maxsize=1024)  # a planner asks for the same ones again and again
def merge_layer(layer: ConvLayer, count: int) -> ConvLayer:
    """The layer with each ``count`` groups merged; the last one is filled with groups of zeros."""
    groups = -(-layer.groups // count)
    return replace(
        layer, groups=groups, IC=groups * count * layer.group_IC, OC=groups * count * layer.group_OC
    )


def merge_input(layer: ConvLayer, count: int, x: NDArray[Any]) -> NDArray[Any]:
    """The merged layer's input, from ``x``, (N, IC, IX, IY). ``layer`` is not merged."""
    more = merge_layer(layer, count).IC - layer.IC
    return np.pad(x, [(0, 0), (0, more), (0, 0), (0, 0)]) if more else x


def merge_bias(layer: ConvLayer, count: int, bias: NDArray[Any]) -> NDArray[Any]:
    """The merged layer's bias, from ``bias``, (OC,). ``layer`` is not merged."""
    return np.pad(bias, (0, merge_layer(layer, count).OC - layer.OC))


def merge_weight(layer: ConvLayer, count: int, w: NDArray[Any]) -> NDArray[Any]:
    """The merged layer's weight, from ``w``, (OC, IC / groups, KX, KY). ``layer`` is not merged."""
    w = w.reshape(layer.OC, layer.group_IC, layer.KX, layer.KY)
    merged = np.zeros((merge_layer(layer, count).OC, count, *w.shape[1:]), dtype=w.dtype)
    for oc in range(layer.OC):
        merged[oc, oc // layer.group_OC % count] = w[oc]
    return merged.reshape(-1, count * layer.group_IC, layer.KX, layer.KY)
