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
    start : Value
        Starts over, whatever ``advance`` says.
    advance : Value
        Ends a round; after the last one the loop starts over.
    apart : bool
        Rounds are two or more cycles long: what comes next is computed ahead, so that an end waits
        for no carry chain.

    Members
    -------
    last : Value
        This is the last round.
    """

    def __init__(self, count: Value, start: Value, advance: Value, *, apart: bool = False):
        self.count, self.start, self.advance, self.apart = count, start, advance, apart
        self.remaining = Signal(signed(len(count)))
        self.last = self.remaining[-1]

    def elaborate(self, platform):
        m = Module()
        less = self.remaining - 1
        if self.apart:
            ahead = Signal.like(self.remaining, reset_less=True)
            m.d.sync += ahead.eq(less)
            less = ahead
        with m.If(self.start | self.advance):
            again = self.start | self.last
            m.d.sync += self.remaining.eq(Mux(again, self.count, less))
        return m


def nest_loops(
    m: Module, counts: dict[str, Value], start: Value, advance: Value, *, apart: bool = False
):
    """Loops within each other, the innermost first: per loop, when a round ends, and ``last``.

    ``advance`` ends a round of the innermost loop; the last round of a loop ends one of the next.
    The third result is the end of the outermost loop's last round. Where rounds are two or more
    cycles ``apart``, what is last is known a cycle ahead, and no end waits for several counters.
    """
    ends, lasts = [], []
    inside = C(1)  # all loops so far are in their last round
    for name, count in counts.items():
        ends.append(advance & inside)
        m.submodules[name] = loop = Countdown(count, start, ends[-1], apart=apart)
        lasts.append(loop.last)
        inside = inside & loop.last
        if apart:
            known = Signal(name=f"last_{name}")
            m.d.sync += known.eq(Cat(lasts).all())
            inside = known
    return ends, lasts, advance & inside
