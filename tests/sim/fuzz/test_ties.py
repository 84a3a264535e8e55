"""Sums and multipliers whose products are ties: their distance from one, and every bit below it."""

from fractions import Fraction
from itertools import islice
from math import prod

import numpy as np
import pytest

from convolith.sim.fuzz.primes import factors
from convolith.sim.fuzz.rtl_sums import hard_requantization
from convolith.sim.fuzz.ties import float_ties, fractional, integer_ties

COUNT = 400


@pytest.mark.parametrize("number", [1, 2, 97, 2**40, 3**5 * 4099, 4099 * 4111, 2**47 - 1])
def test_factors(number):
    found = factors(number)
    assert prod(found) == number
    assert all(factor > 1 for factor in found)
    small = [factor for factor in found if factor < 4096]
    assert all(factor % divisor for factor in small for divisor in range(2, int(factor**0.5) + 1))
    assert len(found) - len(small) <= 1


@pytest.mark.parametrize("number", [0, -6])
def test_no_factors(number):
    with pytest.raises(ValueError, match=f"must be positive, not {number}"):
        factors(number)


def test_floats():
    """On a half, or a bit of the float32 beside it; some on the tie between both, or next to it.

    Others are beside a half by a power of two: each of many.
    """
    ties = halves = 0
    powers = set()
    for number, multiplier in islice(float_ties(np.random.default_rng(1)), COUNT):
        assert 0 < number < 1 << 24
        assert float(np.float32(multiplier)) == multiplier
        product = number * Fraction(multiplier)
        near = min((Fraction(2 * k + 1, 2) for k in range(128)), key=lambda h: abs(h - product))
        last = Fraction(float(np.spacing(np.float32(near))))
        distance = abs(product - near)
        if distance > last:
            assert distance.numerator == 1
            powers.add(distance)
        halves += product == near
        ties += abs(product - near) == last / 2
    assert len(powers) > 10
    assert halves > COUNT // 20
    assert ties > COUNT // 8


def test_products_just_below_powers_of_two():
    """Their float32 is the power of two; the bits above it are all those of the product."""
    seen = set()
    for number, multiplier in islice(float_ties(np.random.default_rng(1), small=True), COUNT):
        product = number * Fraction(multiplier)
        power = Fraction(2) ** round(np.log2(float(product)))
        if 0 < power - product <= power / 2**25:
            assert np.float32(number * multiplier) == power
            seen.add(power)
    assert {Fraction(1 << bits) for bits in range(8)} <= seen


def test_fractions():
    """The total's product is the tie's, or next to it; addends have digits behind the point."""
    rng = np.random.default_rng(2)
    behind = exact = 0
    for number, multiplier in islice(float_ties(rng, small=True), COUNT):
        whole, addend, factor = fractional(rng, number, multiplier)
        assert float(np.float32(addend)) == addend
        assert 0 < factor < 64
        assert float(np.float32(factor)) == factor
        product = (whole + Fraction(addend)) * Fraction(factor)
        right = number * Fraction(multiplier)
        assert abs(product - right) <= right / 2**22
        exact += product == right
        behind += addend != int(addend)
    assert COUNT // 20 < exact < COUNT
    assert behind > COUNT // 4


def test_integers():
    """The first rounding is at a tie, or next to it; and what it gives is at one of the second."""
    at_tie = 0
    for number, multiplier, right in islice(integer_ties(np.random.default_rng(1)), COUNT):
        assert 0 < number < 1 << 31
        assert 1 << 30 <= multiplier < 1 << 31
        product = number * multiplier + (1 << 30)
        first = (product >> 31) + (product % (1 << 31) > 1 << 30)  # the tie is its boundary
        assert min(first % (1 << right - 1), -first % (1 << right - 1)) <= 1
        at_tie += product % (1 << 31) == 0
    assert at_tie > COUNT // 5


def test_a_product_of_nothing():
    """These draws come to a half-way number of 1 with a shift of 1, whose product may be 0."""
    hard = hard_requantization("tflite", np.random.default_rng((2, 1, 533)), 30)
    assert len(hard.sums) == 30
