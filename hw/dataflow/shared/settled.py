"""Whether a delay that has changed shows new values again."""

from amaranth.hdl import *

__all__ = ["Settled"]


class Settled(Elaboratable):
    """Tells when a `VariableDelay` no longer repeats values after its ``cycles`` have grown.

    Before a layer begins, its registers may change in every cycle: a longer delay then shows what
    it has shown already. A row must not complete for that. Reset: the delay counts as settled.

        cycle      0        1     ..     n     n + 1
        cycles     n, new
        o          1        0     ..     0     1

    Parameters
    ----------
    cycles : Value
        Of the delay.

    Members
    -------
    o : Signal
        The delay shows values of the time since ``cycles`` changed.
    """

    def __init__(self, cycles: Value):
        self.cycles = cycles
        self.o = Signal()

    def elaborate(self, platform):
        m = Module()
        before = Signal.like(self.cycles)
        remaining = Signal(signed(len(self.cycles) + 1), init=-1)  # minus one
        m.d.sync += before.eq(self.cycles)
        with m.If(before != self.cycles):
            m.d.sync += remaining.eq(self.cycles - 1)
        with m.Elif(~remaining[-1]):
            m.d.sync += remaining.eq(remaining - 1)
        m.d.comb += self.o.eq(remaining[-1])
        return m
