"""Copies of a register: as many cells as are asked for, and all hold the same."""

import re

import pytest
from amaranth.hdl import *
from benches import play
from icarus_play import ECP5, ICE40, needs_icarus, play_cells, verilog_of

from convolith.hw.cells.copies import copies

BITS = [0, 1, 1, 0, 1, 0, 0, 0, 1, 1]
COUNT = 3
CELLS = {"TRELLIS_FF": ECP5, "SB_DFF": ICE40}


def block(platform):
    """The module, its input, a signal of all copies, and how many signals they are."""
    m = Module()
    value = Signal()
    out = Signal(COUNT)
    registers = copies(m, platform, value, COUNT, name="many")
    assert len(registers) == COUNT
    m.d.comb += out.eq(Cat(*registers))
    return m, value, out, len({id(register) for register in registers})


def expected():
    return [(0,), *[(0b111 * bit,) for bit in BITS[:-1]]]


def test_they_are_cleared_by_a_reset_if_that_is_asked_for():
    """A 1 that comes in a cycle of reset is not kept."""
    for reset in (False, True):
        m, value, rst, out = Module(), Signal(), Signal(), Signal(COUNT)
        m.domains.sync = ClockDomain()
        m.d.comb += [
            ResetSignal().eq(rst),
            out.eq(Cat(copies(m, None, value, COUNT, name="many", reset=reset))),
        ]
        rows = [(1, 0), (1, 1), (0, 0)]
        assert play(m, (value, rst), rows, (out,)) == [(0,), (7,), (0 if reset else 7,)]


def test_elsewhere_it_is_one_register():
    m, value, out, different = block(None)
    assert play(m, (value,), [(bit,) for bit in BITS], (out,)) == expected()
    assert different == 1


@needs_icarus
@pytest.mark.parametrize("platform", CELLS.values(), ids=CELLS)
def test_they_hold_the_same(tmp_path, platform):
    m, value, out, different = block(platform)
    assert different == COUNT
    rows = [(bit,) for bit in BITS]
    assert play_cells(tmp_path, m, platform, (value,), rows, (out,)) == expected()


@pytest.mark.parametrize("cell", CELLS)
def test_cells_are_kept(cell):
    """Each says so to Yosys, which would make one of them."""
    m, value, out, _ = block(CELLS[cell])
    text = verilog_of(m, CELLS[cell], [value, out])
    assert len(re.findall(rf"\(\* keep = .*1 \*\)\n\s+{cell} ", text)) == COUNT
