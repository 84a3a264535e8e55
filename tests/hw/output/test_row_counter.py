# amaranth: UnusedElaboratable=no
"""Which row completes, and where passes end, by hand."""

from amaranth.hdl import *
from benches import completed, play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.output.row_counter import RowCounter
from convolith.model.options.config import ArrayConfig


def counted(config, registers, rows):
    """Per row in its tile, tile start, a pass ends, a pass may begin; rows of done, valid."""
    layer, start = Signal(register_layout(config)), Signal()
    done, valid = Signal(), Signal()
    dut = RowCounter(config, layer, start=start, completion=completed(done, valid),
                     flows=dataflows(config, layer))
    values = tuple(registers.values())
    table = [(*values, 1, 0, 0), *((*values, 0, *row) for row in rows)]
    inputs = (*(layer[name] for name in registers), start, done, valid)
    outputs = (dut.in_tile, dut.tile_start, dut.pass_ends & dut.pass_last, dut.pass_begins)
    return play(dut, inputs, table, outputs)[1:]


def test_tiles_of_a_pass():
    """Tiles of 3 rows, 2 of them in a pass: the pass ends with the sixth row."""
    config = ArrayConfig(rows=3, cols=1, depthwise=False)
    found = counted(config, {"px_count": 0}, [(1, 1)] * 2 + [(0, 0)] + [(1, 1)] * 5)
    assert found == [
        (0, 1, 0, 1), (1, 0, 0, 0), (2, 0, 0, 0), (2, 0, 0, 0), (0, 1, 0, 1), (1, 0, 0, 0),
        (2, 0, 1, 0), (0, 1, 0, 1),
    ]


def test_packed_tiles():
    """Passes of 4 pixels on tiles of 3 rows: a pass ends with any row that has its last pixel."""
    config = ArrayConfig(rows=3, cols=1, depthwise=False, pack_edges=True)
    found = counted(config, {"px_count": 0, "packed_tiles": 1, "pixel_count": 2}, [(1, 1)] * 6)
    assert [ends for _, _, ends, _ in found] == [0, 0, 0, 1, 0, 0]
    assert all(begins for *_, begins in found)
