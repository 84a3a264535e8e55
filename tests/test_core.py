"""The core: no bubble, backpressure, layers back to back, a reset in mid-layer."""

import numpy as np
import pytest
from core_bench import CoreBench, Work, generators
from drawing import configs, layers
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith.model import cycles
from convolith.model.config import ArrayConfig
from convolith.model.layer import ConvLayer

SHAPES = [(1, 1, 1), (1, 8, 1), (8, 1, 2), (3, 5, 1), (3, 2, 4), (1, 1, 4), (16, 1, 1), (16, 1, 4)]


def check(work: Work, *, stalled: bool = False) -> None:
    assert np.array_equal(work.got, work.expected)
    model = cycles.cycles(work.tiling)
    assert work.cycles >= model if stalled else work.cycles == model


@pytest.mark.parametrize(("rows", "cols", "dot"), [*SHAPES, (8, 8, 4), (16, 16, 1)])
@pytest.mark.parametrize("taps", [1, 3])
def test_no_bubble(rows, cols, dot, taps):
    # Full tiles only; with one tap and one word per pixel a tile is as short as can be: S cycles.
    config = ArrayConfig(rows=rows, cols=cols, dot=dot)
    pixels = rows * max(6, 40 // rows // taps)
    lanes = config.lanes
    layer = ConvLayer.from_shapes((1, lanes, pixels + taps - 1), (2 * cols, lanes, taps))
    (work,) = CoreBench([Work.random(config, layer)]).run()
    check(work)
    tiling = work.tiling
    assert work.cycles - cycles.fill(tiling) == tiling.tiles * tiling.steps * config.slots
    assert tiling.tiles * tiling.steps * config.slots == layer.macs / config.multipliers


@pytest.mark.parametrize(("rows", "cols", "dot"), [(1, 1, 1), (3, 2, 1), (16, 1, 1), (3, 1, 4)])
def test_utilization_where_the_fill_is_small(rows, cols, dot):
    config = ArrayConfig(rows=rows, cols=cols, dot=dot, weight_words=8192)
    taps = 7
    fill = cycles.fill(Work.random(config, ConvLayer(IC=config.lanes, OC=1, IY=rows, KY=1)).tiling)
    tiles = -(-100 * fill // (taps * config.slots))
    lanes = config.lanes
    layer = ConvLayer.from_shapes((1, lanes, rows * tiles + taps - 1), (cols, lanes, taps))
    (work,) = CoreBench([Work.random(config, layer)]).run()
    check(work)
    assert work.cycles - fill >= 100 * fill
    assert cycles.utilization(work.tiling, work.cycles) >= 0.99


@pytest.mark.parametrize("stall", [False, True])
@pytest.mark.parametrize("idle", [False, True])
@pytest.mark.parametrize(("rows", "cols", "dot"), SHAPES)
def test_layers_back_to_back(rows, cols, dot, idle, stall):
    config = ArrayConfig(rows=rows, cols=cols, dot=dot, lanes=max(4, rows) * dot)
    shapes = [
        ((1, 5, 9), (3, 5, 2), {"padding": 1}),
        ((2, 4, 3, 4), (6, 2, 2, 2), {"groups": 2, "stride": (1, 2), "padding": 1}),
        ((1, config.lanes, 3), (1, config.lanes, 1), {}),
    ]
    works, act_base, weight_base = [], 3, 5
    for seed, (x, w, arguments) in enumerate(shapes):
        layer = ConvLayer.from_shapes(x, w, **arguments)
        work = Work.random(config, layer, seed, act_base=act_base, weight_base=weight_base)
        act_base += work.tiling.act_words
        weight_base += work.tiling.weight_words
        works.append(work)
    works = CoreBench(works, **generators(idle, stall)).run()
    for work in works:
        check(work, stalled=stall)
    if not (idle or stall):
        # The next layer starts while the last sums of the one before are on their way out.
        assert works[1].accepted < works[0].taken[-1][0]


@pytest.mark.parametrize("reset_after", [0, 1, 2, 5, 9, 14, 23, 40, 77])
@pytest.mark.parametrize(("rows", "cols", "dot"), [(1, 2, 1), (3, 2, 2), (5, 1, 1)])
def test_reset_leaves_nothing_behind(rows, cols, dot, reset_after):
    config = ArrayConfig(rows=rows, cols=cols, dot=dot)
    layer = ConvLayer.from_shapes((1, 7, 4, 4), (5, 7, 2, 2), padding=1)
    (work,) = CoreBench([Work.random(config, layer)], reset_after=reset_after).run()
    check(work)


def test_rows_without_a_pixel_give_their_room_back():
    # Three of eight rows of every other tile stay empty: far more than the output FIFO has room.
    config = ArrayConfig(rows=4, cols=1)
    layer = ConvLayer.from_shapes((1, 4, 5), (70, 4, 1))
    (work,) = CoreBench([Work.random(config, layer)]).run()
    assert 70 * 3 > 2 * cycles.output_rows(config)
    check(work)


@settings(max_examples=60)
@given(config=configs(), layer=layers(max_macs=4000), seed=st.integers(0, 999))
def test_backpressure(config, layer, seed):
    (work,) = CoreBench([Work.random(config, layer, seed)], **generators(True, True, seed)).run()
    check(work, stalled=True)
