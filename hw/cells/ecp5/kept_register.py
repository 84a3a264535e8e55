"""A flip-flop that Yosys does not merge with others that hold the same value."""

from amaranth.hdl import *

__all__ = ["kept_register"]


def kept_register(i: Value, o: Signal) -> Instance:
    """``o`` is ``i``, a cycle later."""
    return Instance(
        "TRELLIS_FF", a_keep=1, p_GSR="AUTO", p_CEMUX="1", p_CLKMUX="CLK", p_LSRMUX="LSR",
        p_REGSET="RESET", p_SRMODE="LSR_OVER_CE",
        i_CLK=ClockSignal(), i_LSR=C(0), i_DI=i, o_Q=o,
    )
