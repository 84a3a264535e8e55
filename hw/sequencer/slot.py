"""What a dataflow says of a slot, from the nest's counters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from amaranth.hdl import *

__all__ = ["FLAGS", "Decoded"]

FLAGS = ("active", "first", "step_start", "first_step", "walk", "restart", "next_group",
         "last_walk", "weights", "tile_end", "oc_end")
"""Of every slot (`hw.dataflow.slot.slot_layout`)."""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """A slot as one dataflow has it; the next one changes what it does otherwise.

    Parameters
    ----------
    step_start : Value
        The slot is its step's first.
    row : Value
        The row that is fetched for.
    first_step : Value
        The row's pixel is the walker's, in its tile's first step.
    walk, last_walk : Value
        The walker goes on; this is the tile's last pixel.
    weights, last_weights : Value
        A weight word is consumed; it is the tile's last one, if one is.
    oc_end : Value
        The tile is its oc_tile's last.
    more : dict of Value
        Fields that only this dataflow has.
    """

    step_start: Value
    row: Value
    first_step: Value
    walk: Value
    last_walk: Value
    weights: Value
    last_weights: Value
    oc_end: Value
    more: Mapping[str, Value] = field(default_factory=dict)
