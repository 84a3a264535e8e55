"""Floats as integers and a scale: exactly, or refused by name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from convolith.model.numbers.fixed_point import bits_of, encode, encode_at, fraction_of


@settings(max_examples=300)
@given(
    ints=arrays(np.int64, st.integers(1, 20), elements=st.integers(-(2**15), 2**15 - 1)),
    exponent=st.integers(-60, 60),
    kind=st.sampled_from([np.float32, np.float64]),
)
def test_exact_and_coarsest(ints, exponent, kind):
    values = np.ldexp(ints.astype(kind), exponent)
    point = encode("x", values, 16)
    assert np.array_equal(point.decode(), values)
    if ints.any():
        assert (point.ints % 2).any()  # no coarser scale would do
    else:
        assert point.fraction == 0


def test_by_hand():
    point = encode("x", np.array([0.5, -1.25, 3.0]), 8)
    assert (point.ints.tolist(), point.fraction) == ([2, -5, 12], 2)
    assert encode("x", np.array([1024.0, -3072.0]), 3).ints.tolist() == [1, -3]


def test_fraction_of():
    assert fraction_of(np.array([0.5, 0.0, 6])) == 1
    assert fraction_of(np.array([0.0])) == fraction_of(np.array([4, 8])) == 0
    assert fraction_of(np.array([4.0, 24.0])) == -2


def test_refined():
    point = encode("x", np.array([1.5, -0.5]), 8)
    finer = point.refined(3, 8)
    assert (finer.ints.tolist(), finer.fraction) == ([24, -8], 4)
    assert point.refined(9, 8).fraction == 1 + 5  # 3 needs 3 of the 8 bits
    assert point.refined(-2, 8).fraction == 1


def test_integers_keep_scale_one():
    point = encode("x", np.array([2, 4], dtype=np.uint8), 8)
    assert (point.ints.tolist(), point.fraction, point.ints.dtype) == ([2, 4], 0, np.int64)


@pytest.mark.parametrize(
    ("value", "bits"), [(0, 1), (1, 2), (-1, 1), (127, 8), (-128, 8), (128, 9), (-129, 9)]
)
def test_bits_of(value, bits):
    assert bits_of(value) == bits


@pytest.mark.parametrize("value", [-128.0, 127.0, -63.5, 63.5])
def test_extremes_fit(value):
    assert encode("x", np.array([value]), 8).decode() == value


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([[3, 200]]), r"^x must fit 8 signed bits, but 200 at \[0, 1\] needs 9$"),
        (np.array([-129, 128]), r"-129 at \[0\] needs 9"),
        (np.array([2**64 - 1], dtype=np.uint64), r"18446744073709551615 at \[0\] needs 65"),
        (np.array([1.0, 128.0]), r"128.0 at \[1\] needs 9$"),
        (np.array([0.1]), r"0.1 at \[0\] needs 53 as a multiple of 2\*\*-55, which it r"),
        (np.array([100.0, 0.5**9]), r"100.0 at .* 17 .* 2\*\*-9, which 0.001953125 at .* requires"),
        (np.array([1.0, np.nan]), r"^x must be finite, but it is nan at \[1\]$"),
        (np.array([[np.inf]]), r"^x must be finite, but it is inf at \[0, 0\]$"),
    ],
)
def test_refused_values(array, message):
    with pytest.raises(ValueError, match=message):
        encode("x", array, 8)


@pytest.mark.parametrize("kind", [bool, complex, object, "U3", np.longdouble])
def test_refused_types(kind):
    with pytest.raises(TypeError, match="x must hold integers, or floats of up to 64 bits, not"):
        encode("x", np.zeros(2, dtype=kind), 8)


def test_encode_at():
    assert encode_at("b", np.array([0.75, -2]), 2).tolist() == [3, -8]
    assert encode_at("b", np.array([5, -2]), 0).tolist() == [5, -2]
    with pytest.raises(ValueError, match=r"b must be a multiple of 2\*\*-1, .* is 0.25 at \[1\]$"):
        encode_at("b", np.array([1, 0.25]), 1)
    with pytest.raises(ValueError, match="b must be finite"):
        encode_at("b", np.array([np.nan]), 1)
