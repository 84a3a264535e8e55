"""A number times a float32, rounded to an integer: the float engines' requantization."""

from amaranth.hdl import *

from convolith.hw.cells.delay import delayed, register
from convolith.hw.requantize.normalize import SIGNIFICAND, Normalize, normalize_latency
from convolith.hw.requantize.product import PRODUCT_LATENCY, Product

__all__ = ["FloatScale", "float_scale_latency"]

EXPONENT_BIAS = 150  # a float32 is significand * 2**(exponent - 150), with an integer significand


def float_scale_latency(width: int) -> int:
    """Cycles from a number of ``width`` bits to the result."""
    return normalize_latency(width) + PRODUCT_LATENCY + 6


class FloatScale(Elaboratable):
    """rne(float32(float32(number) * multiplier)), both factors positive.

    The number and the product are rounded to 24 bits, and the result to an integer, all half to
    even. A result above 2**bits becomes 2**bits, as it is clamped afterwards in any case. Latency:
    ``float_scale_latency(width)``. Throughput: one per cycle. Reset: none.

    Parameters
    ----------
    number : Value
        Unsigned, with ``fraction`` bits behind the binary point.
    fraction : int
    multiplier : Value, 31
        The bits of a normal float32 without its sign. It comes ``normalize_latency(width)`` cycles
        after the number.
    bits : int
        The width of the activation to which the result is clamped.

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
        # The result is significand * 2**-shift, if the product's uppermost bit is 1.
        constant = EXPONENT_BIAS + self.fraction - len(self.number)
        shift = Signal(signed(11), reset_less=True)
        m.d.sync += shift.eq(constant + number.zeros - exponent)
        shift = delayed(m, shift, PRODUCT_LATENCY - 1, name="shift", reset_less=True)[-1]
        nonzero = delayed(m, number.nonzero, PRODUCT_LATENCY, name="nonzero", reset_less=True)[-1]

        # The product as a float32, not rounded yet.
        top, low = product.product[-1], len(product.product) - SIGNIFICAND
        kept = register(m, "kept", Mux(top, product.product[low:], product.product[low - 1 : -1]))
        half = Mux(top, product.product[low - 1], product.product[low - 2])
        rest = product.product[: low - 2].any() | (top & product.product[low - 2])
        odd = Mux(top, product.product[low], product.product[low - 1])
        up = register(m, "up", half & (rest | odd))
        distance = register(m, "distance", shift.as_signed() + ~top - (SIGNIFICAND - bits))
        nonzero = register(m, "nonzero_kept", nonzero)

        # Rounded to 24 bits. Then the highest bits are kept: one is a fraction bit, and `sticky`
        # stands for all below it.
        rounded = register(m, "rounded", kept + up)
        distance = register(m, "distance_rounded", distance).as_signed()
        nonzero = register(m, "nonzero_rounded", nonzero)
        value = register(m, "value", rounded[SIGNIFICAND - 1 - bits : SIGNIFICAND + 1])
        sticky = register(m, "sticky", rounded[: SIGNIFICAND - 1 - bits].any())
        steps = bits.bit_length()
        by = register(m, "by", distance[:steps])
        over = register(m, "over", nonzero & distance[-1])
        small = register(m, "small", ~nonzero | (~distance[-1] & (distance > bits)))

        # The value is shifted to its place in two stages: by multiples of 4, then by 0 to 3.
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
