"""`RoundSum`: an integer as the nearest float32."""

from amaranth.hdl import *

from convolith.hw.properties.method import Induction
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.requantize.normalize import SIGNIFICAND
from convolith.hw.requantize.properties.rounding import at_leading_one, to_even
from convolith.hw.requantize.round_sum import ROUND_LATENCY, RoundSum

__all__ = ["RoundSumProperty"]

BLOCK = "hw.requantize.round_sum"


class RoundSumProperty(Property):
    """Any magnitude comes in every cycle."""

    name = "round_sum"
    says = "a magnitude is rounded half to even to 24 significant bits, two cycles later"
    sizes = [{"width": width} for width in (16, 24, 25, 28, 32)]
    method = Induction(k=3)
    planted = (
        Planted(BLOCK, "Mux(tie, half << 1, 0)", "Mux(tie, half, 0)", at={"width": 32}),
        Planted(BLOCK, "total.eq(magnitude + half)", "total.eq(magnitude)", at={"width": 32}),
        Planted(BLOCK, "self.magnitude[SIGNIFICAND + i :].any()",
                "self.magnitude[SIGNIFICAND + i]", at={"width": 32}),
        Planted(BLOCK, "m.d.sync += magnitude.eq(self.magnitude)",
                "m.d.comb += magnitude.eq(self.magnitude)", at={"width": 32}),
    )

    def build(self, m, platform):
        width = self.size["width"]
        magnitude = self.free(width, "magnitude")
        m.submodules.block = block = RoundSum(magnitude)

        def rounded(p):
            spare = p + 1 - SIGNIFICAND
            if spare <= 0:
                return magnitude
            return to_even(magnitude[: p + 1], C(spare), spare) << spare

        plain = at_leading_one(magnitude, lambda p: rounded(p), width + 1)[: width + 1]
        self.claim("the sum is rounded",
                   block.rounded == self.later(m, plain, ROUND_LATENCY, "plain"))
        self.reach("a large number", block.rounded[-2])
