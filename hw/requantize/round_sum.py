"""Rounds an integer to the nearest float32."""

from amaranth.hdl import *

from convolith.hw.requantize.normalize import SIGNIFICAND

__all__ = ["ROUND_LATENCY", "RoundSum"]

ROUND_LATENCY = 2


class RoundSum(Elaboratable):
    """``magnitude`` rounded half to even to 24 significant bits. The result is an integer.

    Latency: ROUND_LATENCY (2) cycles; throughput: one per cycle. Reset: none.

    Parameters
    ----------
    magnitude : Value
        Unsigned.

    Members
    -------
    rounded : Signal
        One bit wider than ``magnitude``.
    """

    def __init__(self, magnitude: Value):
        self.magnitude = magnitude
        self.rounded = Signal(len(magnitude) + 1, reset_less=True)

    def elaborate(self, platform):
        m = Module()
        magnitude = Signal.like(self.magnitude, name="magnitude", reset_less=True)
        m.d.sync += magnitude.eq(self.magnitude)
        spare = len(magnitude) - SIGNIFICAND  # the most bits that can be rounded off
        if spare <= 0:
            m.d.sync += self.rounded.eq(magnitude)
            return m
        # `behind`: the bits that are rounded off. `half`: the highest of them.
        behind = Signal(spare, reset_less=True)
        m.d.sync += behind.eq(
            Cat(self.magnitude[SIGNIFICAND + i :].any() for i in range(spare))
        )
        half = behind & ~Cat(behind[1:], 0)
        total = Signal.like(self.rounded, name="total")
        m.d.comb += total.eq(magnitude + half)
        # After a tie, the sum has only zeros behind the significand. Then clearing the
        # significand's last bit makes it even.
        tie = ~(total[:spare] & behind).any()
        even = Mux(tie, half << 1, 0)
        m.d.sync += self.rounded.eq(total & ~Cat(behind | even, C(0, len(total)))[: len(total)])
        return m
