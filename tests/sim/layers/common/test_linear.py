"""Linear layers: as PyTorch computes them, whatever the input's axes."""

import numpy as np
import pytest

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.layers.plain.convolution import Convolution

CONFIG = ArrayConfig(rows=2, cols=3, dot=2)


@pytest.mark.parametrize("shape", [(5,), (4, 5), (2, 3, 5), (2, 1, 2, 5)])
def test_any_axes_before_the_last(shape):
    rng = np.random.default_rng(1)
    x, w = rng.integers(-128, 128, shape), rng.integers(-128, 128, (7, 5))
    b = rng.integers(-9, 9, 7)
    result = Convolution.prepare(CONFIG, x, w, b).run(AmaranthSimulator())
    assert np.array_equal(result.output, x @ w.T + b)
    assert np.array_equal(result.output, result.expected)
    assert result.output.shape == (*shape[:-1], 7)


@pytest.mark.parametrize(
    ("x", "arguments", "message"),
    [
        ((2, 4), {}, "^the input's last axis must be the weight's, 5, not 4$"),
        ((), {}, "^the input's last axis must be the weight's, 5, not missing$"),
        ((2, 5), {"stride": 2}, "^stride must be 1 for a weight of 2 axes, a linear layer's, not"),
        ((2, 5), {"padding": [1]}, "^padding must be 0 for a weight of 2 axes, a linear layer's"),
        ((2, 5), {"groups": 5}, "^groups must be 1 for a weight of 2 axes, a linear layer's, not"),
        ((2, 5), {"padding_mode": "reflect"}, "^padding_mode must be zeros for a weight of 2 axes"),
    ],
)
def test_refused(x, arguments, message):
    with pytest.raises(ValueError, match=message):
        Convolution.prepare(CONFIG, np.ones(x), np.ones((7, 5)), **arguments)
