"""What the pixel walker does in one cycle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import *

__all__ = ["Walk"]


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One cycle of the walk. The dense dataflow fills it in; others replace what differs.

    Parameters
    ----------
    start : Value
        A layer begins.
    slot : View of slot_layout(config)
        The slot that the walker serves.
    moves : Value
        The address goes on to the next pixel.
    end : Value
        The walk leaves the last pixel of a pass.
    last_oy, last_ox, last_n : Value
        The pixel is in the last round of oy, of ox, of n.
    restart : Value
        The walk begins again at the first pixel.
    group_end : Value
        The next pixel is in the next group's channels.
    renew : Value
        The next pixel's address is the group's first one.
    runs_out : Value
        If the walk leaves the last pixel, there is none until it begins again.
    last_pass : Value
        The pixel is in the layer's last pass.
    valid : Value
        There is a pixel.
    delta : Value
        Added to the address.
    switches : Value
        The next pixel's weights are in the other bank.
    fields : dict of Value
        Flags of the pixel that other dataflows add.
    """

    start: Value
    slot: Any
    moves: Value
    end: Value
    last_oy: Value
    last_ox: Value
    last_n: Value
    restart: Value
    group_end: Value
    renew: Value
    runs_out: Value
    last_pass: Value
    valid: Value
    delta: Value
    switches: Value
    fields: Mapping[str, Value]
