"""One loop of the nest, counted down so that its sign bit says "last time"."""

from amaranth.hdl import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Countdown"]


class Countdown(wiring.Component):
    """A loop that runs ``count + 2`` times.

    No comparison: the register holds what remains, less two, and is negative in the last round.
    ``last`` is a register's bit, so loops nest by one AND each.

    Parameters
    ----------
    width : int
        Bits of ``count``.

    Members
    -------
    count : signed(width), in
        Rounds minus two; stable while the loop runs.
    load : in
        Starts over, whatever ``advance`` says.
    advance : in
        Ends a round; after the last one the loop starts over.
    last : out
        This is the last round.
    """

    def __init__(self, width: int):
        super().__init__({
            "count": In(signed(width)),
            "load": In(1),
            "advance": In(1),
            "last": Out(1),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        remaining = Signal.like(self.count)
        m.d.comb += self.last.eq(remaining[-1])
        with m.If(self.load | (self.advance & self.last)):
            m.d.sync += remaining.eq(self.count)
        with m.Elif(self.advance):
            m.d.sync += remaining.eq(remaining - 1)
        return m
