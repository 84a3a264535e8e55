"""`Normalize`: a number as a significand of 24 bits."""

from amaranth.hdl import *

from convolith.hw.properties.method import Induction
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.requantize.normalize import SIGNIFICAND, Normalize, normalize_latency
from convolith.hw.requantize.properties.rounding import at_leading_one, to_even

__all__ = ["NormalizeProperty"]

BLOCK = "hw.requantize.normalize"


class NormalizeProperty(Property):
    """Any number comes in every cycle."""

    name = "normalize"
    says = ("significand and zeros are those of the number, rounded half to even to 24 bits, "
            "normalize_latency cycles later")
    sizes = [{"width": 16}, {"width": 32}, {"width": 64}]
    fast = [{"width": 32}]
    method = Induction(k=9, traces=14)
    planted = (
        Planted(BLOCK, "behind[:-1].any() | number[-SIGNIFICAND]", "behind[:-1].any()",
                at={"width": 32}),
        Planted(BLOCK, "shifted - rounded[-1]", "shifted", at={"width": 32}),
        Planted(BLOCK, "rounded[-1] | rounded[-2]", "rounded[-2]", at={"width": 32}, slow=True),
        Planted(BLOCK, "go = ~number[-by:].any()", "go = ~number[-by]"),
        Planted(BLOCK, "Cat(go, zeros)", "Cat(zeros, go)"),
        Planted(BLOCK, "shifted.eq(zeros)", "shifted.eq(Cat(zeros[:-1], 0))", slow=True),
    )

    def build(self, m, platform):
        width = self.size["width"]
        number = self.free(width, "number")
        m.submodules.normalize = block = Normalize(number)

        def rounded(p):
            """The significand, as wide as a carry needs, of a number whose leading one is p."""
            spare = p + 1 - SIGNIFICAND
            if spare <= 0:
                return number[: p + 1] << -spare
            return to_even(number[: p + 1], C(spare), spare)

        whole = at_leading_one(number, lambda p: rounded(p)[: SIGNIFICAND + 1], SIGNIFICAND + 1)
        zeros = at_leading_one(number, lambda p: C(width - 1 - p, 7), 7).as_signed()
        carry = whole[-1]
        plain = Cat(Mux(carry, 1 << (SIGNIFICAND - 1), whole[:-1])[:SIGNIFICAND],
                    (zeros - carry)[:7], number.any())
        latency = normalize_latency(width)
        late = self.later(m, plain, latency, "plain")
        significand, steps, nonzero = late[:SIGNIFICAND], late[SIGNIFICAND:-1], late[-1]
        self.claim("zero is known", block.nonzero == nonzero)
        self.claim("the significand is right",
                   ~nonzero | (block.significand == significand))
        self.claim("the shift is right", ~nonzero | (block.zeros == steps.as_signed()))
        self.reach("a number comes", block.nonzero & (block.zeros < width - 2))
        if width > SIGNIFICAND:
            self.reach("rounding carries into another bit", block.nonzero & (block.zeros == -1))
