"""Neighbouring groups as one: for groups whose channels do not fill the array.

The weight is then zero where an output channel and an input channel are of different groups.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.layer import ConvLayer

__all__ = ["merge_layer", "merge_weight"]


def merge_layer(layer: ConvLayer, count: int) -> ConvLayer:
    """``count`` groups at a time, which divides their number, as one."""
    return replace(layer, groups=layer.groups // count)


def merge_weight(layer: ConvLayer, count: int, w: NDArray[Any]) -> NDArray[Any]:
    """The weight, (OC, IC / groups, KX, KY), of the merged layer; ``layer`` is the one before."""
    w = w.reshape(layer.OC, layer.group_IC, layer.KX, layer.KY)
    merged = np.zeros((layer.OC, count, *w.shape[1:]), dtype=w.dtype)
    for oc in range(layer.OC):
        merged[oc, oc // layer.group_OC % count] = w[oc]
    return merged.reshape(layer.OC, count * layer.group_IC, layer.KX, layer.KY)
