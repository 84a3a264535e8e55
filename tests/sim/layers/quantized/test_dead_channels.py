"""Channels whose weights are all zero: their sums are 0, and their scale may be of any size."""

import numpy as np
import pytest

from convolith.hw.properties.planted import Planted
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.layers.case import Case
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.proofs.plant import planted_in

LARGE = 2.0**45


def prepared(name):
    weight = np.zeros((2, 1, 1), np.int8)
    weight[0] = 1
    quantized = {
        "engine": "fbgemm", "input": {"scale": 1.0, "zero_point": 0},
        "weight": {"scale": [1.0, LARGE]},
        "output": {"scale": 1.0, "zero_point": 0, "relu": False},
    }
    x = np.full((1, 1, 3), 5, np.uint8)
    return Case(
        config=CONFIGURATIONS[name], x=x, w=weight, bias=None, quantized=quantized
    ).prepare()


@pytest.mark.parametrize("name", ["float32", "stored"])
def test_they_are_zero(name):
    result = prepared(name).run(AmaranthSimulator())
    assert result.difference is None
    assert np.array_equal(result.output, [[[5, 5, 5], [0, 0, 0]]])


@pytest.mark.parametrize("error", [
    Planted("hw.requantize.float_scale", 'register(m, "nonzero_kept", nonzero)',
            'register(m, "nonzero_kept", C(1))'),
    Planted("hw.requantize.normalize", "self.nonzero.eq(kept[-1])", "self.nonzero.eq(1)"),
])
def test_a_sum_of_zero_has_no_size(error):
    """A fault that takes 0 for a number makes it the largest result."""
    with planted_in(error):
        result = prepared("float32").run(AmaranthSimulator())
    assert "must be 0, not 255" in str(result.difference)
