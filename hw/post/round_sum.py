"""An integer as float32 holds it."""

from amaranth.hdl import *

from convolith.hw.post.normalize import SIGNIFICAND

__all__ = ["as_float32"]


def as_float32(m: Module, magnitude: Value) -> Value:
    """``magnitude`` rounded half to even to 24 significant bits; still an integer.

    Combinational: an addition.
    """
    spare = len(magnitude) - SIGNIFICAND  # bits that can be too many
    if spare <= 0:
        return magnitude
    # Per bit, whether it is behind the significand, and whether it is the first that is.
    behind = Signal(spare)
    m.d.comb += behind.eq(Cat(magnitude[SIGNIFICAND + i :].any() for i in range(spare)))
    half = behind & ~Cat(behind[1:], 0)
    sum_ = Signal(len(magnitude) + 1)
    m.d.comb += sum_.eq(magnitude + half)
    # A tie leaves zeros behind the significand, and goes to the even one.
    tie = ~(sum_[:spare] & behind).any()
    even = Mux(tie, half << 1, 0)
    return sum_ & ~Cat(behind | even, C(0, len(sum_)))[: len(sum_)]
