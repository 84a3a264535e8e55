"""A value cut into parts of equal width."""

from amaranth.hdl import *

__all__ = ["parts_of"]


def parts_of(value, width: int) -> list[Value]:
    """The parts, the lowest first. The last one may be narrower."""
    word = Value.cast(value)
    return [word[bit : bit + width] for bit in range(0, len(word), width)]
