"""The word of parameters, and of bias, of each row, by hand and against loops."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.layouts.rows import starts_layout
from convolith.hw.requantize.parameter_word import ParameterWord
from convolith.model.options.config import ArrayConfig

PLAIN = ArrayConfig(rows=2, cols=2, post_lanes=1, depthwise=False)
GROUPS = ArrayConfig(rows=4, cols=2, dot=2, post_lanes=1)  # two lane groups of two rows each
# What begins with a row: a pass, a tile, a lane group's outputs, the lowest bit first.
ROW, TILE, PASS, GROUP = 0b000, 0b010, 0b011, 0b100


def words(config, rows, *, depthwise=0):
    """The word in each cycle, for (start, base, take, starts) in each."""
    layer = Signal(register_layout(config))
    start, base, take = Signal(), Signal(config.addr_bits), Signal()
    starts = Signal(starts_layout())
    m = Module()
    m.d.comb += layer.bias_base.eq(base)
    if config.shares_words:
        m.d.comb += layer.shared_words.eq(depthwise)
    m.submodules.dut = dut = ParameterWord(config, layer, start=start, starts=starts,
                                           flows=dataflows(config, layer))
    m.d.comb += dut.take.eq(take)
    return [word for (word,) in play(m, (start, base, take, starts.as_value()), rows, (dut.word,))]


def test_a_word_per_pass():
    # Two passes of two tiles of two rows, from word 5 on; then a layer from word 9 on.
    rows = [PASS, ROW, TILE, ROW] * 2
    table = [(1, 5, 0, 0), *((0, 5, 1, starts) for starts in rows), (1, 9, 0, 0), (0, 9, 1, PASS)]
    assert words(PLAIN, table)[1:9] == [5, 5, 5, 5, 6, 6, 6, 6]
    assert words(PLAIN, table)[10] == 9


def test_a_row_that_waits():
    """Its word is there until it leaves, and nothing counts before that."""
    table = [(1, 5, 0, 0), (0, 5, 0, PASS), (0, 5, 0, PASS), (0, 5, 1, PASS), (0, 5, 0, ROW),
             (0, 5, 1, ROW), (0, 5, 0, PASS), (0, 5, 1, PASS)]
    assert words(PLAIN, table)[1:] == [5, 5, 5, 5, 5, 6, 6]


def test_a_word_per_lane_group():
    # Passes of two tiles; the first tile has two rows per group, the second one has one.
    rows = [PASS | GROUP, ROW, GROUP, ROW, TILE | GROUP, GROUP] * 2
    table = [(1, 3, 0, 0), *((0, 3, 1, starts) for starts in rows)]
    expected = [3, 3, 4, 4, 3, 4, 5, 5, 6, 6, 5, 6]
    assert words(GROUPS, table, depthwise=1)[1:] == expected
    # Layers that do not share words have one, on the same array.
    table = [(1, 3, 0, 0), *((0, 3, 1, starts & ~GROUP) for starts in rows)]
    assert words(GROUPS, table)[1:] == [3] * 6 + [4] * 6


@pytest.mark.parametrize(("config", "groups"), [(PLAIN, 1), (GROUPS, 2)])
def test_random(config, groups):
    random = Random(groups)
    table, expected = [], {}
    for _ in range(8):
        base, passes, tiles = random.randrange(1 << 20), random.randint(1, 4), random.randint(1, 4)
        table.append((1, base, 0, 0))
        for n in range(passes):
            for tile in range(tiles):
                for group in range(groups):
                    for row in range(random.randint(1, 3)):
                        starts = GROUP if row == 0 and groups > 1 else ROW
                        if row == group == 0:
                            starts |= TILE if tile else PASS
                        waits = random.choice([0, 0, 2])
                        table += [(0, base, cycle == waits, starts) for cycle in range(waits + 1)]
                        expected[len(table) - 1] = (base + n * groups + group) % (1 << 20)
    found = words(config, table, depthwise=1)
    assert {cycle: found[cycle] for cycle in expected} == expected
