"""The beats of a trace: which terms the PEs add, slot by slot."""

from typing import Any

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.terms import NONE
from convolith.sim.watch.format.coding import differences, table
from convolith.sim.watch.recorded.trace import Trace

__all__ = ["Beats"]


class Beats:
    """All beats of which a recorded cycle has something.

    Row r of the array adds a beat ``delay[r]`` cycles after its own cycle. Outputs belong to tiles,
    and operands only to PEs that have an output: so an operand that all PEs of a column or a row
    would share is written once.

    Parameters
    ----------
    trace : Trace
    """

    def __init__(self, trace: Trace):
        self.cycles: list[int] = []
        self.tiles: list[int] = []
        self.begins: list[int] = []
        x, w = [], []
        for part in trace.parts:
            for beat in part.beats:
                if beat.first:
                    self.begins.append(len(self.cycles))
                self.cycles.append(part.begin + part.terms.first + beat.slot)
                self.tiles.append(part.first_tile + beat.tile)
                has = part.terms.outputs[beat.tile][..., None] != NONE
                x.append(_spread(beat.x, has))
                w.append(_spread(beat.w, has))
        config = trace.config
        shape = (len(self.cycles), config.rows, config.cols, config.dot)
        self.x = np.reshape(x, shape).astype(np.int64)
        self.w = np.reshape(w, shape).astype(np.int64)

    def as_json(self) -> dict[str, Any]:
        """Their part of the document."""
        return {
            "cycle": differences(self.cycles),
            "tile": differences(self.tiles),
            "begins": differences(self.begins),
            "x": table(self.x),
            "w": table(self.w),
        }


def _spread(operands: Ints, has: Ints) -> Ints:
    """Operands in which PEs without an output have those of their row, or of their column."""
    for axis in (1, 0):
        there = has.any(axis=axis, keepdims=True)
        first = np.argmax(has, axis=axis, keepdims=True)
        nearest = np.take_along_axis(operands, np.broadcast_to(
            first, (*first.shape[:2], operands.shape[2])
        ), axis=axis)
        operands = np.where(has | ~there, operands, nearest)
        has = has | there
    return operands
