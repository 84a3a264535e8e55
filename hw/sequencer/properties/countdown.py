"""`Countdown` against a counter that counts up, and is compared."""

from amaranth.hdl import *

from convolith.hw.properties.layers import Layers
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.sequencer.countdown import Countdown

__all__ = ["CountdownProperty"]


class CountdownProperty(Property):
    """A loop is started, with any number of rounds, and goes on when it likes."""

    name = "countdown"
    says = "a loop of count + 2 rounds is in its last round after count + 1 rounds, and starts over"
    sizes = [{"bits": bits, "apart": apart} for bits in (2, 5, 17, 25) for apart in (0, 1)]
    fast = [{"bits": bits, "apart": apart} for bits in (2, 25) for apart in (0, 1)]
    method = Induction(k=1)
    planted = (
        Planted("hw.sequencer.countdown", "less = self.remaining - 1",
                "less = self.remaining - 1 - self.advance"),
        Planted("hw.sequencer.countdown", "again = self.start | self.last", "again = self.last"),
        Planted("hw.sequencer.countdown", "with m.If(self.start | self.advance):",
                "with m.If(self.start | (self.advance & ~self.last)):"),
        Planted("hw.sequencer.countdown", "m.d.sync += ahead.eq(less)",
                "m.d.sync += ahead.eq(ahead - self.advance)", at={"apart": 1}),
    )

    def build(self, m, platform):
        bits, apart = self.size["bits"], bool(self.size["apart"])
        count = self.free(signed(bits), "count")
        start, advance = self.free(1, "start"), self.free(1, "advance")
        loop = Countdown(count, start, advance, apart=apart)
        inside = Opened(m, "loop", loop, platform)
        current = Layers(self, m, registers=count, start=start, needed=advance,
                         kind=count >= -1).current
        rounds = Signal(bits)  # that have ended
        last = rounds == (count + 1).as_unsigned()
        with m.If(start | (advance & last)):
            m.d.sync += rounds.eq(0)
        with m.Elif(advance):
            m.d.sync += rounds.eq(rounds + 1)
        idle = ~current
        self.claim("the last round is the last", idle | (loop.last == last))
        self.claim("the register holds the rounds that remain, minus one",
                   idle | (loop.remaining == count - rounds))
        self.claim("rounds are left", idle | (rounds <= (count + 1).as_unsigned()))
        if apart:
            new = self.before(m, start | advance, "new")
            self.assume("a round has two cycles or more", ~(new & advance))
            self.claim("the next value is known in a round's second cycle",
                       idle | new | (inside["ahead"] == loop.remaining - 1))
        self.reach("the loop starts over after two rounds", current & advance & last & (rounds > 0))
