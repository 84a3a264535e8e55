# amaranth: UnusedElaboratable=no
"""What begins with a row, by hand."""

from amaranth.hdl import *
from benches import completed, play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.output.row_counter import RowCounter
from convolith.hw.output.row_starts import RowStarts
from convolith.model.options.config import ArrayConfig

LATER = 2


def starts(config, registers, rows):
    """Per row pass, tile, group; one row per cycle."""
    layer, start, done = Signal(register_layout(config)), Signal(), Signal()
    flows = dataflows(config, layer)
    m = Module()
    m.submodules.rows = counter = RowCounter(
        config, layer, start=start, completion=completed(done, done), flows=flows
    )
    m.submodules.starts = dut = RowStarts(start=start, row=counter, later=LATER, flows=flows)
    values = tuple(registers.values())
    table = [(*values, 1, 0), *[(*values, 0, 1)] * (rows + LATER)]
    seen = play(m, (*(layer[name] for name in registers), start, done), table,
                (dut.o.pass_, dut.o.tile, dut.o.group))
    return seen[1 + LATER :]


def test_passes_and_tiles():
    """Tiles of 2 rows, 2 of them in a pass."""
    config = ArrayConfig(rows=2, cols=1, depthwise=False, post_lanes=1)
    one_pass = [(1, 1, 0), (0, 0, 0), (0, 1, 0), (0, 0, 0)]
    assert starts(config, {"px_count": 0}, 8) == one_pass * 2


def test_lane_groups():
    """4 rows in 2 lane groups that share words, and the same array's plain layers."""
    config = ArrayConfig(rows=4, cols=2, dot=2, lanes=8, post_lanes=1)
    shared = [(1, 1, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0)]
    assert starts(config, {"px_count": -1, "shared_words": 1}, 4) == shared
    assert starts(config, {"px_count": -1, "shared_words": 0}, 4) == [(1, 1, 0)] + [(0, 0, 0)] * 3


def test_the_second_row_of_a_pair_has_what_its_first_one_began():
    config = ArrayConfig(rows=2, cols=1, depthwise=False, pack_edges=True, post_lanes=1)
    found = starts(config, {"px_count": 0, "row_pairs": 1}, 4)
    assert [row[:2] for row in found[1::2]] == [(1, 1), (0, 1)]
