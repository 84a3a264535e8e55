"""Multiplexers behind the LUTs, in Icarus, against a list."""

from random import Random

import pytest
from amaranth.hdl import *
from icarus_play import ECP5, needs_icarus, play_cells

from convolith.hw.cells.ecp5.wide_mux import WIDE, wide_mux

pytestmark = needs_icarus


def block(count):
    """The module, its inputs, and the bit that is chosen."""
    m = Module()
    bits, number = Signal(count, name="bits"), Signal(range(count), name="number")
    out = Signal(name="out")
    m.d.comb += out.eq(wide_mux(m, list(bits), list(number), name="chosen"))
    return m, (bits, number), out


@pytest.mark.parametrize("count", WIDE)
def test_each_bit(tmp_path, count):
    random = Random(count)
    m, inputs, out = block(count)
    rows = [(random.getrandbits(count), n) for n in range(count) for _ in range(8)]
    seen = play_cells(tmp_path, m, ECP5, inputs, rows, (out,))
    assert seen == [(bits >> n & 1,) for bits, n in rows]
