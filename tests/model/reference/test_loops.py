"""The loop nests against PyTorch and NumPy."""

import numpy as np
import pytest
import torch
from drawing import layers, random_ints
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from convolith.model.reference import loops


def torch_conv(x, w, **arguments):
    convolve = functional.conv1d if x.ndim == 3 else functional.conv2d
    return convolve(torch.from_numpy(x), torch.from_numpy(w), **arguments).numpy()


@settings(max_examples=150)
@given(layer=layers(max_macs=5000), seed=st.integers(0, 2**32 - 1))
def test_nest_is_pytorch(layer, seed):
    x, w = random_ints(seed, layer.x_shape, 8), random_ints(seed + 1, layer.w_shape, 8)
    expected = torch_conv(x, w, **layer.torch_arguments())
    assert np.array_equal(loops.conv_nest(layer, x, w), expected)


@pytest.mark.parametrize(
    ("nest", "x_shape", "w_shape"),
    [
        (loops.conv1d_single, (12,), (3,)),
        (loops.conv2d_single, (5, 6), (3, 2)),
        (loops.conv1d_channels, (3, 12), (4, 3, 3)),
        (loops.conv2d_channels, (3, 5, 6), (2, 3, 3, 2)),
        (loops.conv1d_batch, (2, 3, 12), (4, 3, 5)),
        (loops.conv2d_batch, (2, 3, 5, 6), (2, 3, 3, 2)),
    ],
)
def test_tutorials_nests_are_pytorch(nest, x_shape, w_shape):
    rng = np.random.default_rng(0)
    x, w = rng.integers(-99, 100, x_shape), rng.integers(-99, 100, w_shape)
    axes = 3 if "1d" in nest.__name__ else 4
    full_x = x.reshape((1,) * (axes - x.ndim) + x.shape)
    full_w = w.reshape((1,) * (axes - w.ndim) + w.shape)
    expected = torch_conv(full_x, full_w)
    y = nest(x, w)
    assert np.array_equal(y, expected.reshape(y.shape))
    assert y.size == expected.size


def test_single_channel_by_numpy():
    x, w = np.arange(10), np.array([1, -2, 3])
    assert np.array_equal(loops.conv1d_single(x, w), np.correlate(x, w, mode="valid"))


def test_kernel_larger_than_the_input():
    with pytest.raises(ValueError, match="the kernel must fit the input"):
        loops.conv1d_single(np.zeros(2), np.zeros(3))
