"""Multiplexers of four or eight bits, which take the ECP5's cells behind its LUTs.

Synthesis would build such a cell from LUTs that all have the same inputs, and so take twice as
many.
"""

from collections.abc import Sequence

from amaranth.hdl import *

__all__ = ["WIDE", "wide_mux"]

WIDE = (4, 8)
"""The numbers of bits from which a multiplexer chooses."""


def wide_mux(m: Module, bits: Sequence[Value], number: Sequence[Value], *, name: str) -> Value:
    """``bits[number]``; ``number``: its bits, the lowest first."""
    pairs = []
    for i in range(0, len(bits), 2):
        pair = Signal(name=f"{name}_{i}")
        m.d.comb += pair.eq(Mux(number[0], bits[i + 1], bits[i]))
        pairs.append(pair)
    fours = []
    for i in range(0, len(pairs), 2):
        four = Signal(name=f"{name}_four_{i}")
        m.submodules[f"{four.name}_cell"] = Instance(
            "PFUMX", i_ALUT=pairs[i + 1], i_BLUT=pairs[i], i_C0=number[1], o_Z=four
        )
        fours.append(four)
    if len(fours) == 1:
        return fours[0]
    eight = Signal(name=f"{name}_eight")
    m.submodules[f"{eight.name}_cell"] = Instance(
        "L6MUX21", i_D1=fours[1], i_D0=fours[0], i_SD=number[2], o_Z=eight
    )
    return eight
