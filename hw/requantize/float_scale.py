"""A number times a float32, rounded to an integer: the float engines' requantization."""

from amaranth.hdl import *

from convolith.hw.cells.delay import delayed, register
from convolith.hw.requantize.normalize import SIGNIFICAND, Normalize, normalize_latency
from convolith.hw.requantize.product import PRODUCT_LATENCY, Product

__all__ = ["FloatScale", "float_scale_latency"]

EXPONENT_BIAS = 150  # of a float32 whose significand is an integer


def float_scale_latency(width: int) -> int:
    """Cycles from a number of so many bits to the result."""
    return normalize_latency(width) + PRODUCT_LATENCY + 6


class FloatScale(Elaboratable):
    """rne(float32(float32(number) * multiplier)), both factors positive.

    The number and the product are rounded to 24 bits, half to even, and so is the result to an
    integer. Results from 2**bits up are 2**bits: they are clamped in any case. Latency:
    ``float_scale_latency(width)``. Throughput: one per cycle. Reset: none.

    Parameters
    ----------
    number : Value
        Unsigned, with ``fraction`` bits behind its point.
    fraction : int
    multiplier : Value, 31
        A float32's bits but its sign, a normal number's; ``normalize_latency(width)`` cycles after
        the number.
    bits : int
        The width of what the result is clamped to.

    Members
    -------
    result : Signal, bits + 1
    """

    def __init__(self, number: Value, *, fraction: int, multiplier: Value, bits: int):
        self.number, self.fraction = number, fraction
        self.multiplier, self.bits = multiplier, bits
        self.result = Signal(bits + 1, reset_less=True)

    def elaborate(self, platform):
        m = Module()
        bits = self.bits
        m.submodules.normalize = number = Normalize(self.number)
        mantissa, exponent = self.multiplier[:-8], self.multiplier[-8:]
        m.submodules.product = product = Product(number.significand, Cat(mantissa, 1))
        # Of the result as significand * 2**-shift, if the product's uppermost bit is 1.
        constant = EXPONENT_BIAS + self.fraction - len(self.number)
        shift = Signal(signed(11), reset_less=True)
        m.d.sync += shift.eq(constant + number.zeros - exponent)
        shift = delayed(m, shift, PRODUCT_LATENCY - 1, name="shift", reset_less=True)[-1]
        there = delayed(m, number.there, PRODUCT_LATENCY, name="there", reset_less=True)[-1]

        # The product as a float32, not rounded yet.
        top, low = product.product[-1], len(product.product) - SIGNIFICAND
        kept = register(m, "kept", Mux(top, product.product[low:], product.product[low - 1 : -1]))
        half = Mux(top, product.product[low - 1], product.product[low - 2])
        rest = product.product[: low - 2].any() | (top & product.product[low - 2])
        odd = Mux(top, product.product[low], product.product[low - 1])
        up = register(m, "up", half & (rest | odd))
        distance = register(m, "distance", shift.as_signed() + ~top - (SIGNIFICAND - bits))
        there = register(m, "there_kept", there)

        # Rounded; whole bits, and one behind the point.
        rounded = register(m, "rounded", kept + up)
        distance = register(m, "distance_rounded", distance).as_signed()
        there = register(m, "there_rounded", there)
        value = register(m, "value", rounded[SIGNIFICAND - 1 - bits : SIGNIFICAND + 1])
        sticky = register(m, "sticky", rounded[: SIGNIFICAND - 1 - bits].any())
        steps = bits.bit_length()
        by = register(m, "by", distance[:steps])
        over = register(m, "over", there & distance[-1])
        small = register(m, "small", ~there | (~distance[-1] & (distance > bits)))

        # The point moves to its place in two stages.
        for i, powers in enumerate((range(2, steps), range(2))):
            for power in reversed(powers):
                value, sticky = (
                    Mux(by[power], value >> (1 << power), value),
                    sticky | (by[power] & value[: 1 << power].any()),
                )
            value, sticky = register(m, f"value_{i}", value), register(m, f"sticky_{i}", sticky)
            by, over, small = (
                register(m, f"{name}_{i}", signal)
                for name, signal in (("by", by), ("over", over), ("small", small))
            )
        whole = value[1:] + (value[0] & (sticky | value[1]))
        m.d.sync += self.result.eq(Mux(over, 1 << bits, Mux(small, 0, whole)))
        return m
