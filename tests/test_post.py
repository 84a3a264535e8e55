"""Layers whose sums are requantized on the way out: results and cycles, in every simulator."""

import numpy as np
import pytest
from post_loads import random_load

from convolith.model.config import ArrayConfig
from convolith.model.layer import ConvLayer
from convolith.model.mapping import Mapping
from convolith.model.post_rows import whole_rows
from convolith.sim.amaranth_sim import AmaranthSimulator
from convolith.sim.model_sim import ModelSimulator
from convolith.sim.simulator import Job

PLAIN = ConvLayer(N=2, IC=5, OC=11, IX=4, IY=5, KX=3, KY=2, padding=(1, 1))
FEW = ConvLayer(IC=2, OC=7, IX=4, IY=6, KX=1, KY=1)
GROUPS = ConvLayer(IC=6, OC=9, IX=3, IY=4, KX=2, KY=2, groups=3)
LINE = ConvLayer(N=2, IC=3, OC=4, IY=11, KY=3, stride=(1, 2), dims=1)
DEPTHWISE = ConvLayer(N=2, IC=9, OC=9, IX=5, IY=7, KX=3, KY=3, padding=(1, 1), groups=9)
TWICE = ConvLayer(IC=3, OC=6, IX=4, IY=7, KX=2, KY=3, groups=3)

CASES = {
    "plain": (PLAIN, {}),
    "1x1": (FEW, {}),
    "groups": (GROUPS, {}),
    "merged": (GROUPS, {"merge": 3}),
    "folded": (PLAIN, {"fold": "y"}),
    "1d": (LINE, {}),
    "patch": (DEPTHWISE, {"shares": "patch"}),
    "line": (DEPTHWISE, {"shares": "line"}),
    "multiplier": (TWICE, {"shares": "patch"}),
}

ARRAYS = {
    "4x4x1": {"rows": 4, "cols": 4},
    "3x4x2": {"rows": 3, "cols": 4, "dot": 2, "lanes": 4},
    "4x8x4": {"rows": 4, "cols": 8, "dot": 4},
    "1x2x1": {"rows": 1, "cols": 2},
}


def check(simulator, loads, expected):
    run = simulator.run(Job(loads=[load for load, _ in loads]))
    for (load, mapping), y, words, cycles in zip(loads, expected, run.rows, run.load_cycles,
                                                 strict=True):  # fmt: skip
        got = mapping.output_tensor(whole_rows(load.tiling, words))
        np.testing.assert_array_equal(got, y)
        assert cycles == load.cycles


BUILDS = [
    ("int32", "4x4x1", 1), ("int32", "3x4x2", 4), ("float32", "4x8x4", 2), ("float32", "1x2x1", 1),
    ("tflite", "4x8x4", 8), ("tflite", "4x4x1", 2),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "array", "lanes"), BUILDS)
@pytest.mark.parametrize("simulator", [ModelSimulator, AmaranthSimulator])
def test_layers(mode, array, lanes, simulator):
    config = ArrayConfig(**ARRAYS[array], post_lanes=lanes, post_mode=mode)
    loads, expected = [], []
    for i, (layer, how) in enumerate(CASES.values()):
        mapping = Mapping(config, layer, **how)
        if how.get("shares") and not (config.shares_words and mapping.tiling.fits()):
            continue
        load, y = random_load(mapping, i)
        assert len(np.unique(y)) > 8
        loads.append((load, mapping))
        expected.append(y)
    check(simulator(), loads, expected)
