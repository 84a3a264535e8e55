"""The loop nest as the array ran it: where each index differs, and how often it changes."""

from typing import Any

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.terms import NONE
from convolith.model.layer import ConvLayer
from convolith.sim.watch.format.beats import Beats
from convolith.sim.watch.recorded.trace import Trace
from convolith.sim.waves.loops import loop_names

__all__ = ["loops_json"]

PLACES = ("rows", "columns", "products")
"""Where an index differs at the same time: axes of the array; the D products of a PE."""


def loops_json(trace: Trace, beats: Beats) -> dict[str, Any]:
    """The loops in the tutorial's order, with their extents and places, and in the array's order.

    Both are found by looking at the recorded beats, whatever the mapping: the array's order has the
    index first that changes least often in a PE.
    """
    names = loop_names(trace.layer)
    extents = dict(zip(names, _extents(trace.layer), strict=True))
    indices = _indices(trace, beats)
    where = {}
    for name in names:
        found = [place for axis, place in enumerate(PLACES) if _differs(indices[name], axis + 1)]
        if _changes(indices[name]):
            found.append("time")
        where[name] = found
    order = sorted(names, key=lambda name: (_changes(indices[name]), names.index(name)))
    return {
        "tutorial": [{"name": name, "extent": extents[name], "in": where[name]} for name in names],
        "array": order,
    }


def _extents(layer: ConvLayer) -> tuple[int, ...]:
    if layer.dims == 1:
        return (layer.N, layer.OC, layer.OY, layer.group_IC, layer.KY)
    return (layer.N, layer.OC, layer.OX, layer.OY, layer.group_IC, layer.KX, layer.KY)


def _indices(trace: Trace, beats: Beats) -> dict[str, Ints]:
    """For each loop variable its values, (beats, R, C, D), or `NONE` where there is no term."""
    layer = trace.layer
    outputs = {
        part.first_tile + tile: part.terms.outputs[tile] for part in trace.parts
        for tile in {beat.tile for beat in part.beats}
    }
    y = np.array([outputs[tile] for tile in beats.tiles], dtype=np.int64)
    y = y.reshape(*beats.w.shape[:3], 1)
    used = (beats.w != NONE) & (y != NONE)
    y = np.broadcast_to(y, used.shape)
    n, oc, ox, oy = np.unravel_index(np.where(used, y, 0), (layer.N, layer.OC, layer.OX, layer.OY))
    _, ic, kx, ky = np.unravel_index(
        np.where(used, beats.w, 0), (layer.OC, layer.group_IC, layer.KX, layer.KY)
    )
    if layer.dims == 1:
        ox, kx = oy, ky
    found = {"n": n, "oc": oc, "ox": ox, "oy": oy, "ic": ic, "kx": kx, "ky": ky}
    return {name: np.where(used, values, NONE) for name, values in found.items()}


def _differs(values: Ints, axis: int) -> bool:
    """Two terms of the same time that differ in nothing but this place have other values."""
    highest = values.max(axis=axis, keepdims=True)
    return bool(((values != highest) & (values != NONE)).any())


def _changes(values: Ints) -> int:
    """How often the first term of the PE that has most of them changes."""
    if not len(values):
        return 0
    first = values[..., 0].reshape(len(values), -1)
    busiest = first[:, np.argmax((first != NONE).sum(axis=0))]
    busiest = busiest[busiest != NONE]
    return int((np.diff(busiest) != 0).sum())
