"""The trace model, cycle by cycle, against the accumulators in the RTL."""

import numpy as np
import pytest
from drawing import random_ints
from rows import output_index
from steps import step_of

from convolith.model.compile.mapping import Mapping
from convolith.model.compile.program import Step
from convolith.model.dataflow.cycles import sum_cycle
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.layout import act_words
from convolith.model.dataflow.trace import trace
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.reference import loops
from convolith.sim.engines.amaranth import AmaranthSimulator

CASES = {
    "1x1x1": (
        ArrayConfig(rows=1, cols=1),
        ConvLayer.from_shapes((1, 2, 7), (2, 2, 3)),
    ),
    "rows left over, padding": (
        ArrayConfig(rows=3, cols=2),
        ConvLayer.from_shapes((1, 5, 4, 4), (3, 5, 2, 2), padding=1, stride=2),
    ),
    "groups, dilation, batch": (
        ArrayConfig(rows=2, cols=3, dot=2),
        ConvLayer.from_shapes((2, 6, 3, 5), (4, 3, 2, 3), groups=2, dilation=(2, 1)),
    ),
    "more rows than beats": (
        ArrayConfig(rows=5, cols=2, lanes=2),
        ConvLayer.from_shapes((1, 3, 13), (3, 3, 2)),
    ),
    "more beats than rows, tree of 3": (
        ArrayConfig(rows=2, cols=2, dot=3, lanes=12),
        ConvLayer.from_shapes((1, 20, 5), (2, 20, 1)),
    ),
}
DEPTHWISE = {
    "patches": (
        ArrayConfig(rows=4, cols=3),
        ConvLayer.from_shapes((2, 5, 5, 4), (5, 1, 3, 3), padding=1, groups=5),
    ),
    "stride, multiplier": (
        ArrayConfig(rows=6, cols=2),
        ConvLayer.from_shapes((1, 3, 6, 7), (6, 1, 3, 2), stride=2, groups=3),
    ),
    "dilation, several products": (
        ArrayConfig(rows=4, cols=2, dot=2),
        ConvLayer.from_shapes((1, 9, 7, 6), (9, 1, 2, 3), dilation=(1, 2), groups=9),
    ),
    "weights of two banks": (
        ArrayConfig(rows=8, cols=2, pack_edges=True),
        ConvLayer.from_shapes((1, 7, 5, 6), (7, 1, 3, 3), padding=1, groups=7),
    ),
    "1D": (
        ArrayConfig(rows=3, cols=4),
        ConvLayer.from_shapes((1, 4, 11), (4, 1, 3), padding=2, stride=3, dilation=2, groups=4),
    ),
}
by_name = pytest.mark.parametrize(("config", "layer"), CASES.values(), ids=CASES.keys())


@by_name
def test_rtl_accumulators(config, layer):
    tiling = DenseTiling(config, layer)
    x, w = random_ints(3, layer.x_shape, 8), random_ints(4, layer.w_shape, 8)
    step = Step.of(tiling, {"act": act_words(tiling, x), **tiling.in_banks(tiling.lay_weight(w))})
    seen = AmaranthSimulator().run_traced(
        [step], lambda core: [pe.accumulator for row in core.array.pes for pe in row]
    )
    expected = trace(tiling, x, w)
    assert np.array_equal(seen.reshape(-1, config.rows, config.cols), expected[1:])
    assert len(np.unique(expected)) > 10


@pytest.mark.parametrize(("config", "layer"), DEPTHWISE.values(), ids=DEPTHWISE.keys())
@pytest.mark.parametrize("shares", ["shared", "shared lines"])
def test_rtl_accumulators_of_shared_words(config, layer, shares):
    mapping = Mapping(config, layer, dataflow=shares)
    assert mapping.tiling.fits()
    x, w = random_ints(3, layer.x_shape, 8), random_ints(4, layer.w_shape, 8)
    step = step_of(mapping, x, w)
    seen = AmaranthSimulator().run_traced(
        [step], lambda core: [pe.accumulator for row in core.array.pes for pe in row]
    )
    expected = trace(mapping.tiling, x, w)
    assert np.array_equal(seen.reshape(-1, config.rows, config.cols), expected[1:])
    assert len(np.unique(expected)) > 10


@by_name
def test_complete_sums_are_the_loop_nests(config, layer):
    tiling = DenseTiling(config, layer)
    x, w = random_ints(3, layer.x_shape, 8), random_ints(4, layer.w_shape, 8)
    held = trace(tiling, x, w)
    y = loops.conv_nest(layer, x, w).reshape(layer.N, layer.OC, layer.OX, layer.OY)
    for place in np.ndindex(*y.shape):
        row, column = output_index(tiling, *place)
        oc_pass, pixel = divmod(row, layer.P)
        px_tile, r = divmod(pixel, config.rows)
        cycle = sum_cycle(tiling, oc_pass * tiling.px_tiles + px_tile, r)
        assert held[cycle, r, column] == y[place]
