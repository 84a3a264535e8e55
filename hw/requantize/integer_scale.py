"""A number times an integer multiplier, then shifted right: TFLite's requantization."""

from amaranth.hdl import *

from convolith.hw.cells.delay import delayed, register
from convolith.hw.requantize.product import PRODUCT_LATENCY, Product

__all__ = ["INTEGER_SCALE_LATENCY", "MULTIPLIER_BITS", "RIGHT_BITS", "IntegerScale"]

FRACTION = 31  # bits of a multiplier behind the binary point
MULTIPLIER_BITS = 34  # with the bits that a shift to the left adds
RIGHT_BITS = 5
INTEGER_SCALE_LATENCY = PRODUCT_LATENCY + 4


class IntegerScale(Elaboratable):
    """|round(round(number * multiplier / 2**31) / 2**right)|: half up, then half away from zero.

    A result above 2**bits becomes 2**bits, as it is clamped afterwards in any case. Latency:
    INTEGER_SCALE_LATENCY (8) cycles. Throughput: one per cycle. Reset: none.

    Parameters
    ----------
    number : Value
        The magnitude of the number, unsigned.
    negative : Value
        The number is negative.
    multiplier : Value, MULTIPLIER_BITS
        It comes together with the number.
    right : Value, RIGHT_BITS
        Bits to shift to the right. It comes together with the number.
    bits : int
        The width of the activation to which the result is clamped.

    Members
    -------
    result : Signal, bits + 1
    """

    def __init__(self, number: Value, negative: Value, *, multiplier: Value, right: Value,
                 bits: int):
        self.number, self.negative = number, negative
        self.multiplier, self.right, self.bits = multiplier, right, bits
        self.result = Signal(bits + 1, reset_less=True)

    def elaborate(self, platform):
        m = Module()
        m.submodules.product = product = Product(self.number, self.multiplier)
        late = delayed(
            m, Cat(self.negative, self.right), PRODUCT_LATENCY, name="right", reset_less=True
        )[-1]
        negative, right = late[0], late[1:]

        # Half up: the magnitude of a negative number is rounded half towards zero.
        half = Cat(negative.replicate(FRACTION - 1), ~negative)
        value = register(m, "first", (product.product + half) >> FRACTION)
        right = register(m, "right_first", right)
        value = register(m, "second", value + ((1 << right) >> 1))
        right = register(m, "right_second", right)
        for by in (16, 8):
            value = Mux(right[by.bit_length() - 1], value >> by, value)
        value, right = register(m, "by_8", value), register(m, "right_third", right[:3])
        for by in (4, 2, 1):
            value = Mux(right[by.bit_length() - 1], value >> by, value)
        over = value[self.bits :].any()
        m.d.sync += self.result.eq(Mux(over, 1 << self.bits, value))
        return m
