"""The tensors of a trace: all of them, or the boxes that its terms touch."""

from typing import Any

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.terms import NONE
from convolith.sim.watch.format.coding import differences, plain
from convolith.sim.watch.recorded.outputs import Outputs
from convolith.sim.watch.recorded.trace import Trace

__all__ = ["MOST_NUMBERS", "tensors_json"]

MOST_NUMBERS = 1 << 16
"""A larger tensor is cut to the box that holds what the recorded terms touch."""


def tensors_json(trace: Trace, outputs: Outputs) -> dict[str, Any]:
    """Input, weight and output, with the cycle in which each output has left."""
    layer = trace.layer
    used = (trace.w != NONE) & (trace.y[..., None] != NONE)
    shapes = {
        "x": trace.x_shape,
        "w": (layer.OC, layer.group_IC, layer.KX, layer.KY),
        "y": (layer.N, layer.OC, layer.OX, layer.OY),
    }
    tiles = [part.terms.outputs[beat.tile] for part in trace.parts for beat in part.beats]
    touched = {
        "x": trace.x[used], "w": trace.w[used],
        "y": np.array(tiles, dtype=np.int64),
    }
    boxes = {name: _box(touched[name], shape) for name, shape in shapes.items()}
    values = {"x": trace.own_input, "w": trace.convolution.w, "y": outputs.values}
    found: dict[str, Any] = {
        name: {
            "size": list(shape),
            "begin": [part.start for part in boxes[name]],
            "shape": [part.stop - part.start for part in boxes[name]],
            "values": plain(values[name].reshape(shape)[boxes[name]]),
        }
        for name, shape in shapes.items()
    }
    found["y"]["left"] = differences(outputs.left.reshape(shapes["y"])[boxes["y"]].reshape(-1))
    return found


def _box(indices: Ints, shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Of flattened indices; all of a small tensor."""
    indices = indices[indices != NONE]
    if np.prod(shape) <= MOST_NUMBERS:
        return tuple(slice(0, extent) for extent in shape)
    if not len(indices):
        return tuple(slice(0, 0) for _ in shape)
    places = np.unravel_index(np.unique(indices), shape)
    return tuple(slice(int(axis.min()), int(axis.max()) + 1) for axis in places)
