"""Rounded fixed point against PyTorch's own rounding."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from convolith.model.numbers.rounding import round_to

FLOATS = st.floats(-1e6, 1e6, allow_nan=False, allow_subnormal=False)


@settings(max_examples=400)
@given(
    values=arrays(np.float64, st.integers(1, 9), elements=FLOATS),
    bits=st.integers(2, 16),
    unsigned=st.booleans(),
)
def test_as_pytorch_rounds_at_the_finest_scale_that_fits(values, bits, unsigned):
    values = np.abs(values) if unsigned else values
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    point = round_to("x", values, bits, unsigned=unsigned)
    scaled = torch.round(torch.from_numpy(np.ldexp(values, point.fraction)))
    assert np.array_equal(np.ldexp(point.decode(), point.fraction), scaled.numpy())
    assert point.ints.min() >= -(2 ** (bits - 1))  # it is held in signed integers
    assert point.ints.max() < 2 ** (bits - 1)
    assert np.abs(point.decode() - values).max() <= np.ldexp(1.0, -(point.fraction + 1))
    if np.any(values):
        finer = torch.round(torch.from_numpy(np.ldexp(values, point.fraction + 1)))
        assert not (low <= finer.min() and finer.max() <= high)


@pytest.mark.parametrize(
    ("values", "bits", "unsigned", "ints", "text"),
    [
        ([0.5, -1.0, 0.2], 4, False, [4, -8, 2], "Q0.3"),
        ([0.5, 0.99, 0.3], 4, False, [2, 4, 1], "Q1.2"),  # in eighths 0.99 is 8, one too many
        ([0.5, 0.999, 0.26], 4, True, [4, 8, 2], "UQ1.3"),
        ([100.0, 3.0], 4, False, [6, 0], "Q7.-4"),
        ([0.01, -0.003], 4, False, [5, -2], "Q-6.9"),
        ([2.5, 3.5, 60.0], 7, False, [2, 4, 60], "Q6.0"),  # ties go to even
    ],
)
def test_by_hand(values, bits, unsigned, ints, text):
    point = round_to("x", np.array(values), bits, unsigned=unsigned)
    assert (point.ints + point.offset).tolist() == ints
    assert point.format(bits) == text


def test_what_rounds_up_to_infinity():
    values = np.array([np.finfo(np.float64).max, 1.0])
    with pytest.raises(ValueError, match=r"^x must be below 2\*\*1024 in 8 bits, too, not 1.797"):
        round_to("x", values, 8, unsigned=False)
    assert round_to("x", values * 0.98, 8, unsigned=False).decode()[0] < np.inf


def test_zeros():
    point = round_to("x", np.zeros(3), 8, unsigned=False)
    assert point.ints.tolist() == [0, 0, 0]


@pytest.mark.parametrize(("value", "message"), [
    (np.nan, "^the input must be finite, but it is nan at "),
    (-np.inf, "^the input must be finite, but it is -inf at "),
])
def test_refused(value, message):
    with pytest.raises(ValueError, match=message):
        round_to("the input", np.array([1.0, value]), 8, unsigned=False)
