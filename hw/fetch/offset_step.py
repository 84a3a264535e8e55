"""What a loop adds to a step's offset when the loop goes on."""

from dataclasses import dataclass

from amaranth.hdl import *

__all__ = ["OffsetStep"]


@dataclass(frozen=True, kw_only=True)
class OffsetStep:
    """One loop's part of the offset between a pixel's first tap and a step's tap.

    Parameters
    ----------
    when : Value
        The loop goes on to its next round.
    delta : Value
        Added to the address.
    x, y : Value or None
        Added to the coordinate; None for nothing.
    restart_x, restart_y : bool
        The coordinate begins again at 0.
    """

    when: Value
    delta: Value
    x: Value | None = None
    y: Value | None = None
    restart_x: bool = False
    restart_y: bool = False
