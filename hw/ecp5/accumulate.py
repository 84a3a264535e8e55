"""A sum in the ECP5's carry cells."""

from amaranth.hdl import *

__all__ = ["accumulate"]

# A bit of `accumulate`: A is the sum's, B the term's, C is `first`, D is 1. While D is 1 the LUT
# gives what is to be added to the carry, (A and not C) xor B; where that is 0, both are equal, and
# the carry is B, which the cell takes from the LUT's first four entries.
ACCUMULATE = 0xC60C


def accumulate(m: Module, total: Signal, term: Value, first: Value) -> Value:
    """``term`` + (0 if ``first`` else ``total``), as wide as ``total``, in a chain of carry cells.

    The cells' LUTs clear the old sum on the way, which synthesis would do with a LUT per bit.
    """
    width = len(total)
    result = Signal(width + width % 2, name="result")
    extended = Signal(signed(len(result)), name="term")
    m.d.comb += extended.eq(term)
    carry = C(0)
    for i in range(0, width, 2):
        carry_out = Signal(name=f"carry_{i + 2}")
        old = Cat(total, C(0, 1))[i : i + 2]
        m.submodules[f"carry_{i}"] = Instance(
            "CCU2C",
            p_INIT0=C(ACCUMULATE, 16), p_INIT1=C(ACCUMULATE, 16),
            p_INJECT1_0="NO", p_INJECT1_1="NO",
            i_CIN=carry, o_COUT=carry_out,
            i_A0=old[0], i_B0=extended[i], i_C0=first, i_D0=C(1), o_S0=result[i],
            i_A1=old[1], i_B1=extended[i + 1], i_C1=first, i_D1=C(1), o_S1=result[i + 1],
        )  # fmt: skip
        carry = carry_out
    return result[:width]
