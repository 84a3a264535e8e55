"""A loop counter that counts down, so that its sign bit says "last round"."""

from amaranth.hdl import *

__all__ = ["Countdown", "nest_loops"]


class Countdown(Elaboratable):
    """A loop that runs ``count + 2`` times.

    The register holds the rounds that remain after this one, minus one. It is negative in the last
    round, so ``last`` is a bit of the register and needs no comparison. Each further loop of a nest
    needs one AND gate. Reset: none needed; a start sets the register.

    Parameters
    ----------
    count : Value, signed
        Rounds minus two. Stable while the loop runs.
    start : Value
        The loop starts over, whatever ``advance`` says.
    advance : Value
        A round ends. After the last round the loop starts over.
    apart : bool
        Rounds are two or more cycles long. So the next value can be computed in a cycle of its own,
        and the end of a round does not wait for a carry chain.

    Members
    -------
    last : Value
        The round is the last one.
    """

    def __init__(self, count: Value, start: Value, advance: Value, *, apart: bool = False):
        self.count, self.start, self.advance, self.apart = count, start, advance, apart
        self.remaining = Signal(signed(len(count)), reset_less=True)
        self.last = self.remaining[-1]

    def elaborate(self, platform):
        m = Module()
        less = self.remaining - 1
        if self.apart:
            # Right from the round's second cycle on, and used in its last one.
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
    """Loops within each other, the innermost first.

    Returns, for each loop, when one of its rounds ends; for each loop, whether it is in its last
    round; and when the last round of the outermost loop ends. ``advance`` ends a round of the
    innermost loop, and the end of a loop's last round ends a round of the next loop.

    With ``apart``, rounds are two or more cycles long. Then a register holds whether all loops up
    to this one are in their last rounds. It is right a cycle after the counters have changed, and
    no end waits for more than one register.
    """
    ends, lasts = [], []
    inside = C(1)  # all loops so far are in their last round
    for name, count in counts.items():
        ends.append(advance & inside)
        m.submodules[name] = loop = Countdown(count, start, ends[-1], apart=apart)
        lasts.append(loop.last)
        inside = inside & loop.last
        if apart:
            known = Signal(name=f"last_{name}", reset_less=True)
            m.d.sync += known.eq(Cat(lasts).all())
            inside = known
    return ends, lasts, advance & inside
