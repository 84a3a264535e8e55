"""Layers at the ends of the core's registers: what they are made for, and that all fit."""

import numpy as np
import pytest

from convolith.sim.fuzz.corners import cornered
from convolith.sim.fuzz.numbers import drawing

COUNT, MOST_MACS = 400, 60_000


@pytest.fixture(scope="module")
def layers():
    draw = drawing(np.random.default_rng(3))
    return [cornered(draw, 5, MOST_MACS) for _ in range(COUNT)]


def test_all_have_outputs(layers):
    for layer in layers:
        assert min(layer.OX, layer.OY) >= 1
        assert max(layer.padded_extent) < 1 << 5
        assert max(layer.N, layer.IC, layer.OC) < 1 << 5


@pytest.mark.parametrize("what", [
    lambda layer: layer.P > 1 << 12,
    lambda layer: layer.dilation[0] >= 16 and layer.padding[0],
    lambda layer: layer.dilation[1] >= 16 and layer.padding[1],
    lambda layer: layer.stride[0] >= 16 and layer.OX > 1,
    lambda layer: layer.stride[1] >= 16 and layer.OY > 1,
    lambda layer: layer.groups >= 16 and layer.stride[1] == layer.dilation[1] >= 5,
    lambda layer: layer.groups <= 4 and layer.groups == layer.OC and layer.N >= 10,
    lambda layer: layer.groups <= 4 and layer.groups == layer.OC and layer.OX >= 16,
])
def test_each_corner_comes_often(layers, what):
    assert sum(bool(what(layer)) for layer in layers) >= COUNT // 80
