"""Convolution by its formula: NumPy's, PyTorch's with a flipped kernel, not the tutorial's."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from convolith.model.reference import loops
from convolith.model.reference.mathematics import convolve1d, convolve2d

SIZES_1D = [(1, 1), (5, 3), (3, 5), (12, 4)]
SIZES_2D = [((1, 1), (1, 1)), ((4, 5), (3, 2)), ((2, 3), (3, 4))]


def random(*shape):
    return np.random.default_rng(sum(shape)).integers(-99, 100, shape)


@pytest.mark.parametrize(("length", "taps"), SIZES_1D)
def test_1d_is_numpys(length, taps):
    x, h = random(length), random(taps)
    assert np.array_equal(convolve1d(x, h), np.convolve(x, h, mode="full"))


@pytest.mark.parametrize(("length", "taps"), SIZES_1D)
def test_1d_is_pytorchs_with_the_kernel_flipped(length, taps):
    x, h = random(length), random(taps)
    flipped = torch.from_numpy(h[::-1].copy())[None, None]
    y = functional.conv1d(torch.from_numpy(x)[None, None], flipped, padding=taps - 1)
    assert np.array_equal(convolve1d(x, h), y.numpy()[0, 0])


@pytest.mark.parametrize(("size", "taps"), SIZES_2D)
def test_2d_is_pytorchs_with_the_kernel_flipped(size, taps):
    x, h = random(*size), random(*taps)
    flipped = torch.from_numpy(h[::-1, ::-1].copy())[None, None]
    padding = (taps[0] - 1, taps[1] - 1)
    y = functional.conv2d(torch.from_numpy(x)[None, None], flipped, padding=padding)
    assert np.array_equal(convolve2d(x, h), y.numpy()[0, 0])


def test_2d_of_separable_inputs_is_numpys():
    a, b, c, d = random(4), random(5), random(3), random(2)
    expected = np.outer(np.convolve(a, c), np.convolve(b, d))
    assert np.array_equal(convolve2d(np.outer(a, b), np.outer(c, d)), expected)


def test_the_tutorials_code_computes_something_else():
    # Its section gives this formula, its code adds the kernel index: they agree only when flipped.
    x, h = random(9), np.array([1, 2, 3])
    inside = convolve1d(x, h)[2:-2]
    assert np.array_equal(inside, loops.conv1d_single(x, h[::-1]))
    assert not np.array_equal(inside, loops.conv1d_single(x, h))
