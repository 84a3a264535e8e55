"""Sums in the ECP5's carry cells, whose LUTs also choose what is added.

Synthesis would take one more LUT per bit for the choice. A bit of the result is its LUT's output
xor the carry. If the LUT gives 1, the carry goes on to the next bit. If it gives 0, both numbers
have the same bit, and the next carry is what the LUT's first four entries say for A and B.
"""

from amaranth.hdl import *

__all__ = ["accumulate", "add_either", "add_joined"]

# A: bit of the sum, B: bit of the term, C: `first`, D: 1. Output: (A and not C) xor B. Carry: B.
ACCUMULATE = 0xC60C
# A: bit of `one`, C: bit of `other`, B: bit of `to`, D: `choose`. Output: B xor (A if D else C).
# Carry: B, which the first four entries (C = D = 0) give as well.
ADD_EITHER = 0x663C
# B: bit of `to`, C and D: bits of both numbers, A: 0. Output: B xor (C or D). Carry: B.
ADD_JOINED = 0x333C


def accumulate(m: Module, total: Signal, term: Value, first: Value) -> Value:
    """``term`` + (0 if ``first`` else ``total``), as wide as ``total``."""
    return _chain(m, ACCUMULATE, a=total, b=term, c=first.replicate(len(total)))


def add_either(
    m: Module, to: Value, one: Value, other: Value, choose: Value, *, name: str
) -> Value:
    """``to`` + (``one`` if ``choose`` else ``other``), all as wide as ``to``."""
    return _chain(
        m, ADD_EITHER, a=one, b=to, c=other, d=choose.replicate(len(one)), name=f"{name}_"
    )


def add_joined(m: Module, to: Value, one: Value, other: Value, *, name: str) -> Value:
    """``to`` + (``one`` | ``other``), all as wide as ``to``."""
    return _chain(m, ADD_JOINED, a=C(0, len(to)), b=to, c=one, d=other, name=f"{name}_")


def _chain(m: Module, init: int, *, a, b, c, d=None, name: str = "") -> Value:
    """A cell for every two bits; ``a`` says how many. Without ``d`` its bits are 1."""
    width = len(a)
    result = Signal(width + width % 2, name=f"{name}result")
    extended = Signal(signed(len(result)), name=f"{name}term")
    m.d.comb += extended.eq(b)
    carry = C(0)
    for i in range(0, width, 2):
        carry_out = Signal(name=f"{name}carry_{i + 2}")
        ports: dict[str, Value] = {}
        for bit in (0, 1):
            exists = i + bit < width
            ports |= {
                f"i_A{bit}": a[i + bit] if exists else C(0), f"i_B{bit}": extended[i + bit],
                f"i_C{bit}": c[i + bit] if exists else C(0),
                f"i_D{bit}": d[i + bit] if exists and d is not None else C(d is None),
                f"o_S{bit}": result[i + bit],
            }
        m.submodules[f"{name}carry_{i}"] = Instance(
            "CCU2C",
            p_INIT0=C(init, 16), p_INIT1=C(init, 16), p_INJECT1_0="NO", p_INJECT1_1="NO",
            i_CIN=carry, o_COUT=carry_out, **ports,
        )
        carry = carry_out
    return result[:width]
