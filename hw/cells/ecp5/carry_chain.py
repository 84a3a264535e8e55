"""Sums in the ECP5's carry cells, whose LUTs choose what is added on the way.

For that synthesis would take a LUT per bit. While its LUT gives 1, a bit of a cell turns the carry
over; while it gives 0, both numbers have the same bit there, and the carry becomes what the LUT's
first four entries have for A and B.
"""

from amaranth.hdl import *

__all__ = ["accumulate", "add_either"]

# A is the sum's, B the term's, C is `first`, D is 1: (A and not C) xor B; and B.
ACCUMULATE = 0xC60C
# A is the one's, C the other's, B that of what it is added to, D is `choose`:
# B xor (A if D else C); and B, which without C and D is the same.
ADD_EITHER = 0x663C


def accumulate(m: Module, total: Signal, term: Value, first: Value) -> Value:
    """``term`` + (0 if ``first`` else ``total``), as wide as ``total``."""
    return _chain(m, ACCUMULATE, a=total, b=term, c=[first] * len(total), d=C(1))


def add_either(
    m: Module, to: Value, one: Value, other: Value, choose: Value, *, name: str
) -> Value:
    """``to`` + (``one`` if ``choose`` else ``other``), all as wide as ``to``."""
    return _chain(m, ADD_EITHER, a=one, b=to, c=other, d=choose, name=f"{name}_")


def _chain(m: Module, init: int, *, a, b, c, d, name: str = "") -> Value:
    """A cell for every two bits; ``a`` and ``c`` say how many."""
    width = len(a)
    result = Signal(width + width % 2, name=f"{name}result")
    extended = Signal(signed(len(result)), name=f"{name}term")
    m.d.comb += extended.eq(b)
    carry = C(0)
    for i in range(0, width, 2):
        carry_out = Signal(name=f"{name}carry_{i + 2}")
        ports: dict[str, Value] = {}
        for bit in (0, 1):
            there = i + bit < width
            ports |= {
                f"i_A{bit}": a[i + bit] if there else C(0), f"i_B{bit}": extended[i + bit],
                f"i_C{bit}": c[i + bit] if there else C(0), f"i_D{bit}": d,
                f"o_S{bit}": result[i + bit],
            }
        m.submodules[f"{name}carry_{i}"] = Instance(
            "CCU2C",
            p_INIT0=C(init, 16), p_INIT1=C(init, 16), p_INJECT1_0="NO", p_INJECT1_1="NO",
            i_CIN=carry, o_COUT=carry_out, **ports,
        )
        carry = carry_out
    return result[:width]
