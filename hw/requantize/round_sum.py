"""An integer as float32 holds it."""

from amaranth.hdl import *

from convolith.hw.requantize.normalize import SIGNIFICAND

__all__ = ["ROUND_LATENCY", "RoundSum"]

ROUND_LATENCY = 2


class RoundSum(Elaboratable):
    """``magnitude`` rounded half to even to 24 significant bits; still an integer.

    Latency: ROUND_LATENCY (2) cycles; throughput: one per cycle. Reset: none.

    Parameters
    ----------
    magnitude : Value
        Unsigned.

    Members
    -------
    rounded : Signal
        A bit wider.
    """

    def __init__(self, magnitude: Value):
        self.magnitude = magnitude
        self.rounded = Signal(len(magnitude) + 1, reset_less=True)

    def elaborate(self, platform):
        m = Module()
        magnitude = Signal.like(self.magnitude, name="magnitude", reset_less=True)
        m.d.sync += magnitude.eq(self.magnitude)
        spare = len(magnitude) - SIGNIFICAND  # bits that can be too many
        if spare <= 0:
            m.d.sync += self.rounded.eq(magnitude)
            return m
        # Per bit, whether it is behind the significand, and whether it is the first that is.
        behind = Signal(spare, reset_less=True)
        m.d.sync += behind.eq(
            Cat(self.magnitude[SIGNIFICAND + i :].any() for i in range(spare))
        )
        half = behind & ~Cat(behind[1:], 0)
        total = Signal.like(self.rounded, name="total")
        m.d.comb += total.eq(magnitude + half)
        # A tie leaves zeros behind the significand, and goes to the even one.
        tie = ~(total[:spare] & behind).any()
        even = Mux(tie, half << 1, 0)
        m.d.sync += self.rounded.eq(total & ~Cat(behind | even, C(0, len(total)))[: len(total)])
        return m
