"""Windows of cycles."""

import pytest

from convolith.model.compile.planner import plan
from convolith.model.dataflow.cycles import cycles, sum_cycle
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.waves.cycle_window import AFTER, MOST_BEFORE, around, cycle_window

LAYER = ConvLayer(IC=4, OC=4, IX=6, IY=6, KX=3, KY=3)
SCHEDULE = plan(ArrayConfig(rows=2, cols=2), LAYER, plain=True)
TILING = SCHEDULE.pieces[0].mapping.tiling


def test_around_holds_the_whole_tile():
    for tile in range(TILING.tiles):
        left = sum_cycle(TILING, tile, 1) + 4
        first, last = around(SCHEDULE, left)
        begins = sum_cycle(TILING, tile, 0) - TILING.steps * TILING.config.slots
        assert first <= max(1, begins)
        assert last == min(left + AFTER, cycles(TILING))


def test_around_is_never_long():
    layer = ConvLayer(IC=999, OC=1, IX=9, IY=9, KX=9, KY=9)
    deep = plan(ArrayConfig(rows=1, cols=1, act_words=1 << 17, weight_words=1 << 17), layer)
    assert around(deep, deep.cycles) == (deep.cycles - MOST_BEFORE, deep.cycles)


def test_cycle_window():
    total = cycles(TILING)
    assert cycle_window(None, None, SCHEDULE) is None
    assert cycle_window(5, None, SCHEDULE) == (5, total)
    assert cycle_window(None, 5, SCHEDULE) == (1, 5)
    assert cycle_window(5, 5, SCHEDULE) == (5, 5)
    for window in ((0, 5), (6, 5), (1, total + 1), (-3, None)):
        with pytest.raises(ValueError, match=f"^the window of cycles must lie from 1 to {total}"):
            cycle_window(*window, SCHEDULE)
