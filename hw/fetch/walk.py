"""What the pixel walker does in one cycle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import *

__all__ = ["Walk"]


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One cycle of the walk, as the dense dataflow has it; another one changes what differs.

    Parameters
    ----------
    start : Value
        A layer begins.
    slot : View of slot_layout(config)
        What the loop nest wants from the walker.
    moves : Value
        The pixel's address goes on.
    end : Value
        The last pixel of a pass is left.
    last_oy, last_ox, last_n : Value
        The pixel is the last one along this loop.
    restart : Value
        The walk begins again at the first pixel.
    group_end : Value
        The next pixel is in the next group's channels.
    renew : Value
        The next pixel's address is the group's first one.
    runs_out : Value
        After the last pixel there is none until the walk begins again.
    last_pass : Value
        The pixel is in the layer's last pass.
    valid : Value
        There is a pixel.
    delta : Value
        What is added to the address.
    switches : Value
        The next pixel's weights are in the other bank.
    fields : dict of Value
        What other dataflows say of the pixel.
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
