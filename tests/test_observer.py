"""The loop variables in the waveform: the nest, cycle by cycle, as PE (0, 0) adds."""

import numpy as np
import pytest
from drawing import random_ints

from convolith.hw.observer import loop_variables
from convolith.model.config import ArrayConfig
from convolith.model.cycles import cycles
from convolith.model.layer import ConvLayer
from convolith.model.layout import act_words, weight_words
from convolith.model.tiling import Tiling
from convolith.model.trace import trace
from convolith.sim.amaranth_sim import AmaranthSimulator
from convolith.sim.simulator import Job

CASES = [
    (ArrayConfig(rows=1, cols=1), ((1, 2, 6), (2, 2, 3)), {}),
    (ArrayConfig(rows=3, cols=2), ((2, 4, 3, 4), (6, 2, 2, 2)), {"groups": 2, "padding": 1}),
    (ArrayConfig(rows=4, cols=2, lanes=2), ((1, 5, 3, 3), (3, 5, 2, 1)), {"stride": 2}),
    (ArrayConfig(rows=2, cols=2, dot=2, lanes=8), ((2, 9, 5), (4, 9, 2)), {"dilation": 2}),
    # Many more slots than beats.
    (ArrayConfig(rows=16, cols=1, lanes=2), ((1, 3, 3, 3), (3, 1, 1, 1)), {"groups": 3}),
    (ArrayConfig(rows=5, cols=2, dot=2, lanes=2), ((1, 4, 7), (2, 4, 2)), {}),
]


def nest(tiling):
    """(tile, n, oc, ox, oy, ic, kx, ky) of PE (0, 0)'s beats, in order, 1D named as in the wave."""
    config, layer = tiling.config, tiling.layer
    pixels = list(np.ndindex(layer.N, layer.OX, layer.OY))
    tile = 0
    for g, oc_tile, px_tile in np.ndindex(layer.groups, tiling.oc_tiles, tiling.px_tiles):
        n, ox, oy = pixels[px_tile * config.rows]
        oc = g * layer.group_OC + oc_tile * config.cols
        for block, kx, ky in np.ndindex(tiling.ic_blocks, layer.KX, layer.KY):
            for beat in range(config.beats):
                ic = block * config.lanes + beat * config.dot
                if layer.dims == 1:
                    yield tile, n, oc, oy, 0, ic, ky, 0
                else:
                    yield tile, n, oc, ox, oy, ic, kx, ky
        tile += 1


@pytest.mark.parametrize(("config", "shapes", "arguments"), CASES)
def test_the_nest_where_the_sums_are(config, shapes, arguments):
    tiling = Tiling(config, ConvLayer.from_shapes(*shapes, **arguments))
    x, w = random_ints(1, tiling.layer.x_shape, 8), random_ints(2, tiling.layer.w_shape, 8)
    job = Job(tiling=tiling, act=act_words(tiling, x), weight=weight_words(tiling, w))
    names = ["mac", *loop_variables(config), "cycle"]
    seen = AmaranthSimulator().run_traced(
        job, lambda core: [getattr(core.observer, name) for name in names]
    )
    adds = seen[:, 0] == 1
    assert [tuple(row) for row in seen[adds, 1:-1]] == list(nest(tiling))
    assert seen[:, -1].tolist() == list(range(1, cycles(tiling) + 1))
    # PE (0, 0)'s sum changes only in these cycles.
    sums = trace(tiling, x, w)[:, 0, 0]
    changes = np.flatnonzero(np.diff(sums)) + 1
    assert set(changes) <= set(np.flatnonzero(adds) + 1)
    assert len(changes)
