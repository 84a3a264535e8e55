"""Passes of packed tiles: how many, which bank, and when the walker waits; by hand."""

from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.packed.passes import Passes
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=4, cols=1, pack_edges=True)


def test_by_hand():
    """Two groups of two passes; tiles end in cycles 3 and 6."""
    layer = Signal(register_layout(CONFIG))
    dut = Passes(layer)
    inputs = (layer.oc_count, layer.g_count, dut.start, dut.end, dut.tile_end)
    rows = [
        (0, 0, 1, 0, 0),
        (0, 0, 0, 1, 0),  # the first pass ends within a tile
        (0, 0, 0, 1, 0),  # the second one as well: the tile has had two
        (0, 0, 0, 0, 1),  # the walker has waited; the next tile goes on
        (0, 0, 0, 1, 0),
        (0, 0, 0, 0, 0),
        (0, 0, 0, 1, 1),
        (0, 0, 0, 0, 0),
    ]
    seen = play(dut, inputs, rows, (dut.odd, dut.waits, dut.last, dut.group_end))
    assert seen[1:] == [
        (0, 0, 0, 0),
        (1, 0, 0, 1),
        (0, 1, 0, 0),
        (0, 0, 0, 0),
        (1, 0, 1, 0),
        (1, 0, 1, 1),
        (0, 0, 0, 0),
    ]


def test_another_reason_for_the_other_bank():
    layer = Signal(register_layout(CONFIG))
    dut = Passes(layer)
    rows = [(1, 0), (0, 1), (0, 1), (0, 0), (0, 1), (1, 1), (0, 0)]
    seen = play(dut, (dut.start, dut.switches), rows, (dut.odd,))
    assert [odd for (odd,) in seen[1:]] == [0, 1, 0, 0, 1, 0]
