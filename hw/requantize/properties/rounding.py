"""Rounding half to even, written as its definition says."""

from amaranth.hdl import *

__all__ = ["at_leading_one", "to_even"]


def to_even(value: Value, by: Value, most: int) -> Value:
    """value * 2**-by, rounded half to even; ``by`` is ``most`` or less."""
    exact = Cat(C(0, most), value) >> by  # with ``most`` bits behind the point
    whole, fraction = exact[most:], exact[:most]
    half = 1 << (most - 1)
    return whole + ((fraction > half) | ((fraction == half) & whole[0]))


def at_leading_one(value: Value, result, width: int) -> Value:
    """``result(p)`` for the p of the value's highest bit that is 1; 0 for a value of 0."""
    found: Value = C(0, width)
    for p in range(len(value)):
        found = Mux(value[p], result(p), found)
    return found
