"""One loop of the nest, counted down so that its sign bit says "last time"."""

from amaranth.hdl import *

__all__ = ["Countdown", "nest_loops"]


class Countdown(Elaboratable):
    """A loop that runs ``count + 2`` times.

    No comparison: the register holds what remains, less two, and is negative in the last round.
    ``last`` is a register's bit, so loops nest by one AND each.

    Parameters
    ----------
    count : Value, signed
        Rounds minus two; stable while the loop runs.
    load : Value
        Starts over, whatever ``advance`` says.
    advance : Value
        Ends a round; after the last one the loop starts over.

    Members
    -------
    last : Value
        This is the last round.
    """

    def __init__(self, count: Value, load: Value, advance: Value):
        self.count, self.load, self.advance = count, load, advance
        self.remaining = Signal(signed(len(count)))
        self.last = self.remaining[-1]

    def elaborate(self, platform):
        m = Module()
        with m.If(self.load | (self.advance & self.last)):
            m.d.sync += self.remaining.eq(self.count)
        with m.Elif(self.advance):
            m.d.sync += self.remaining.eq(self.remaining - 1)
        return m


def nest_loops(m: Module, counts: dict[str, Value], load: Value, advance: Value):
    """Loops within each other, the innermost first: per loop, when a round ends, and ``last``.

    ``advance`` ends a round of the innermost loop; the last round of a loop ends one of the next.
    The third result is the end of the outermost loop's last round.
    """
    ends, lasts = [], []
    for name, count in counts.items():
        loop = Countdown(count, load, advance)
        m.submodules[name] = loop
        ends.append(advance)
        lasts.append(loop.last)
        advance = advance & loop.last
    return ends, lasts, advance
