"""PyTorch's side of the comparison is exact where float32 would not be."""

import numpy as np

from convolith.sim.layers.common.reference import Reference


def test_integers_beyond_float32():
    x = np.full((1, 3, 1), 32767, dtype=np.int16)
    w = np.array([[[32767], [-32768], [2]]], dtype=np.int16)
    y = Reference(x=x, w=w).output()
    assert y.tolist() == [[[32767 * (32767 - 32768 + 2)]]]
    assert y.dtype == np.int64


def test_floats_beyond_float32():
    x = np.array([[[2.0**20], [2.0**-10]]], dtype=np.float32)
    y = Reference(x=x, w=np.ones((1, 2, 1), dtype=np.float32)).output()
    assert y.tolist() == [[[2.0**20 + 2.0**-10]]]


def test_bias_and_every_argument():
    arguments = {"stride": (1, 3), "padding": [1, 0], "dilation": (2, 1), "groups": 2}
    x = np.arange(24).reshape(1, 2, 3, 4)
    w, bias = np.array([[[[1], [10]]], [[[100], [1000]]]]), np.array([7, -7])
    # Padded rows -1..3, taps two apart; columns 0 and 3.
    assert Reference(x=x, w=w, bias=bias, **arguments).output().tolist() == [
        [
            [[47, 77], [7 + 80, 7 + 3 + 110], [7 + 4, 7 + 7]],
            [[15993, 18993], [1200 + 20000 - 7, 1500 + 23000 - 7], [1600 - 7, 1900 - 7]],
        ]
    ]
