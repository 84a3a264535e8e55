"""The first wrong output: the first to leave the array."""

import numpy as np

from convolith.model.layer import ConvLayer
from convolith.sim.layers.common.difference import first_difference

# Three channels on two columns: channel 2 leaves after all pixels of channels 0 and 1.
LAYER = ConvLayer.from_shapes((2, 2, 3, 4), (3, 2, 1, 1))
PIXELS = np.arange(2 * 3 * 4).reshape(2, 1, 3, 4)
LEFT = 100 + np.concatenate([PIXELS, PIXELS, PIXELS + 24], axis=1)


def differ(*places):
    expected = np.zeros(LAYER.y_shape, dtype=np.int64)
    got = expected.copy()
    for i, place in enumerate(places):
        got[place] = i + 5
    return first_difference(LAYER, expected, got, LEFT)


def test_none():
    assert differ() is None


def test_in_order_of_leaving():
    found = differ((0, 2, 0, 0), (1, 1, 0, 3), (1, 0, 0, 3), (1, 0, 1, 0))
    assert (found.n, found.oc, found.ox, found.oy) == (1, 0, 0, 3)
    assert (found.expected, found.got, found.cycle) == (0, 7, 100 + 12 + 3)
    assert str(found) == (
        "output (n=1, oc=0, ox=0, oy=3) must be 0, not 7; it left the array in cycle 115"
    )
    assert found.as_json() == {
        "n": 1, "oc": 0, "ox": 0, "oy": 3, "expected": 0, "got": 7, "cycle": 115
    }


def test_one_dimension_is_called_ox():
    layer = ConvLayer.from_shapes((1, 1, 4), (1, 1, 1))
    expected = np.array([[[1.0, 2, 3, 4]]])
    found = first_difference(layer, expected, expected + [0, 0, 0.5, 0], np.arange(4))
    assert str(found).startswith("output (n=0, oc=0, ox=2) must be 3.0, not 3.5;")
    assert "oy" not in found.as_json()
