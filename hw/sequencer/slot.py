"""A slot, as a dataflow decodes it from the nest's counters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from amaranth.hdl import *

__all__ = ["FLAGS", "Decoded"]

FLAGS = ("active", "first", "step_start", "first_step", "walk", "restart", "next_group",
         "last_walk", "weights", "tile_end", "oc_end")
"""The flags of every slot; `hw.dataflow.slot.slot_layout` explains them."""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """A decoded slot. The dense dataflow fills it in; others replace what differs.

    Parameters
    ----------
    step_start : Value
        The slot is its step's first.
    row : Value
        The row whose word is fetched.
    first_step : Value
        The step is its tile's first, so the row's pixel comes from the walker.
    walk : Value
        The walker goes on to the next pixel.
    last_walk : Value
        With ``walk``: the pixel is the tile's last.
    weights : Value
        A weight word is consumed.
    last_weights : Value
        With ``weights``: the word is the tile's last.
    oc_end : Value
        The tile is its oc_tile's last.
    more : dict of Value
        Fields that a dataflow adds.
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
