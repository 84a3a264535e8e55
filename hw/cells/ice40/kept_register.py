"""A flip-flop that Yosys does not merge with others that hold the same value."""

from amaranth.hdl import *

__all__ = ["kept_register"]


def kept_register(i: Value, o: Signal) -> Instance:
    """``o`` is ``i``, a cycle later."""
    return Instance("SB_DFF", a_keep=1, i_C=ClockSignal(), i_D=i, o_Q=o)
