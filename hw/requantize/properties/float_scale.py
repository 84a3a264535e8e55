"""`FloatScale`: what becomes of the product of two significands."""

from amaranth.hdl import *

from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.requantize.float_scale import EXPONENT_BIAS, FloatScale
from convolith.hw.requantize.normalize import SIGNIFICAND
from convolith.hw.requantize.product import PRODUCT_LATENCY
from convolith.hw.requantize.properties.rounding import to_even

__all__ = ["FloatScaleProperty"]

BLOCK = "hw.requantize.float_scale"
AFTER = 6  # cycles from the product to the result
MOST_SHIFT = 2 * SIGNIFICAND + 1  # from here on everything is rounded to 0


class FloatScaleProperty(Property):
    """Any number with any multiplier; their product is any product of two significands."""

    name = "float_scale"
    says = ("the product of significand and multiplier is rounded half to even to 24 bits, then to "
            "an integer, up to 2**bits")
    sizes = [
        {"width": width, "fraction": fraction, "bits": bits}
        for width, fraction, bits in ((32, 0, 8), (32, 0, 4), (32, 0, 16), (64, 32, 8))
    ]
    fast = [{"width": 32, "fraction": 0, "bits": 8}]
    method = Induction(k=PRODUCT_LATENCY + AFTER + 1, traces=20, at_end=True)
    opaque = True
    planted = (
        Planted(BLOCK, "half & (rest | odd)", "half & rest", slow=True),
        Planted(BLOCK, "half & (rest | odd)", "half", slow=True),
        Planted(BLOCK, "| (top & product.product[low - 2])", "", slow=True),
        Planted(BLOCK, "shift.as_signed() + ~top", "shift.as_signed() - top", slow=True),
        Planted(BLOCK, "distance > bits", "distance >= bits", slow=True),
        Planted(BLOCK, "nonzero & distance[-1]", "distance[-1]", slow=True),
        Planted(BLOCK, "sticky | (by[power] & value[: 1 << power].any())", "sticky",
                slow=True),
        Planted(BLOCK, "value[0] & (sticky | value[1])", "value[0] & value[1]", slow=True),
        Planted(BLOCK, "constant + number.zeros - exponent", "constant + number.zeros", slow=True),
        Planted(BLOCK, "PRODUCT_LATENCY - 1, name", "PRODUCT_LATENCY, name"),
    )

    def build(self, m, platform):
        width, bits = self.size["width"], self.size["bits"]
        number, multiplier = self.free(width, "number"), self.free(31, "multiplier")
        block = FloatScale(
            number, fraction=self.size["fraction"], multiplier=multiplier, bits=bits
        )
        inside = Opened(m, "block", block, platform)
        product = inside["product.product"]
        zeros, nonzero = inside["normalize.zeros"], inside["normalize.nonzero"]
        # number * 2**zeros = significand * 2**(width - 24), and the multiplier is a significand
        # times 2**(exponent - 150): the result is the product * 2**-shift.
        constant = EXPONENT_BIAS + self.size["fraction"] + SIGNIFICAND - width
        shift = (constant + zeros - multiplier[23:]).as_signed()
        late = self.later(m, Cat(nonzero, shift), PRODUCT_LATENCY, "late")
        nonzero, shift = late[0], late[1:].as_signed()
        high = product[-1]
        rounded = Mux(high, to_even(product, C(24), 24) << 24, to_even(product, C(23), 23) << 23)
        places = Mux(shift > MOST_SHIFT, MOST_SHIFT, Mux(shift < 0, 0, shift)).as_unsigned()
        whole = to_even(rounded[: 2 * SIGNIFICAND + 1], places[:6], 63)
        most = Mux((shift < 0) | (whole > 1 << bits), 1 << bits, whole)
        result = Mux(nonzero, most, 0)[: bits + 1]
        usual = product[2 * SIGNIFICAND - 2 :].any()
        self.assume("significands have their leading ones",
                    ~nonzero | usual)
        self.claim("the result is the product, rounded twice",
                   block.result == self.later(m, result, AFTER, "result"))
        self.reach("a result in the middle", block.result == (1 << (bits - 1)) + 1)
