"""The largest sums over all inputs: by brute force, and refused when they do not fit."""

from itertools import product

import numpy as np
import pytest

from convolith.model.numbers.overflow import check_overflow, sum_range
from convolith.model.options.config import ArrayConfig


@pytest.mark.parametrize("bias", [None, [5, -40]])
def test_range_is_that_of_all_inputs(bias):
    w = np.array([[[1, -2, 3]], [[-4, 0, 1]]])
    inputs = np.array(list(product(range(-4, 4), repeat=3)))
    sums = inputs @ w.reshape(2, 3).T
    reached = [sums] if bias is None else [sums, sums + bias]
    least, greatest = sum_range(w, 3, None if bias is None else np.array(bias))
    assert least == min(s.min() for s in reached)
    assert greatest == max(s.max() for s in reached)


def test_just_fits_and_just_does_not():
    w = np.full((1, 4, 1), -128)  # 4 * -128 * -128 = 2**16 needs 18 bits
    check_overflow(ArrayConfig(acc_bits=18), w)
    with pytest.raises(
        ValueError,
        match="^acc_bits must be at least 18 for this weight, not 17: "
        "with 8-bit activations the sums reach 65536$",
    ):
        check_overflow(ArrayConfig(acc_bits=17), w)


def test_bias_counts():
    w, bias = np.full((1, 1, 1), 1), np.array([2**31 - 128])
    with pytest.raises(ValueError, match="acc_bits must be at least 33 for this weight and bias"):
        check_overflow(ArrayConfig(acc_bits=32), w, bias + 1)
    check_overflow(ArrayConfig(acc_bits=32), w, bias)
