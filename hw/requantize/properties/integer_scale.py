"""`IntegerScale`: what becomes of the product of a number and an integer multiplier."""

from amaranth.hdl import *

from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.requantize.integer_scale import MULTIPLIER_BITS, RIGHT_BITS, IntegerScale
from convolith.hw.requantize.product import PRODUCT_LATENCY

__all__ = ["IntegerScaleProperty"]

BLOCK = "hw.requantize.integer_scale"
AFTER = 4  # cycles from the product to the result


class IntegerScaleProperty(Property):
    """Any number, sign and shift; any product."""

    name = "integer_scale"
    says = ("the product with its sign is divided by 2**31, rounded half up, then by 2**right, "
            "rounded half away from zero; its magnitude is given, up to 2**bits")
    sizes = [{"width": 32, "bits": bits} for bits in (8, 4, 16)]
    fast = [{"width": 32, "bits": 8}]
    method = Induction(k=PRODUCT_LATENCY + AFTER + 1, traces=14, at_end=True)
    opaque = True
    planted = (
        Planted(BLOCK, "Cat(negative.replicate(FRACTION - 1), ~negative)",
                "C(1 << (FRACTION - 1), FRACTION)"),
        Planted(BLOCK, "((1 << right) >> 1)", "(1 << right)", slow=True),
        Planted(BLOCK, "over = value[self.bits :].any()", "over = value[self.bits]", slow=True),
        Planted(BLOCK, "for by in (4, 2, 1):", "for by in (4, 2):", slow=True),
        Planted(BLOCK, "PRODUCT_LATENCY, name=", "PRODUCT_LATENCY - 1, name=", slow=True),
        Planted(BLOCK, "1 << self.bits, value)", "(1 << self.bits) - 1, value)", slow=True),
    )

    def build(self, m, platform):
        width, bits = self.size["width"], self.size["bits"]
        number, negative = self.free(width, "number"), self.free(1, "negative")
        multiplier = self.free(MULTIPLIER_BITS, "multiplier")
        right = self.free(RIGHT_BITS, "right")
        block = IntegerScale(number, negative, multiplier=multiplier, right=right, bits=bits)
        inside = Opened(m, "block", block, platform)
        product = inside["product.product"]
        late = self.later(m, Cat(negative, right), PRODUCT_LATENCY, "late")
        minus, by = late[0], late[1:]
        signed_product = Mux(minus, -product, product)
        first = (signed_product + (1 << 30)) >> 31
        magnitude = abs(first)
        second = (magnitude + ((C(1, 33) << by) >> 1)) >> by
        result = Mux(second > 1 << bits, 1 << bits, second)[: bits + 1]
        self.claim("the result is the product, rounded twice",
                   block.result == self.later(m, result, AFTER, "result"))
        self.reach("a result in the middle", block.result == (1 << (bits - 1)) + 1)
