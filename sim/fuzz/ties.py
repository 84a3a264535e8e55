"""Sums and multipliers whose product is a tie between two results, or lies next to one.

They are rare among random numbers, and show every bit of a product: all bits below the tie decide.
Such a product is chosen first, and then taken apart into two factors that fit.
"""

from collections.abc import Iterator
from math import prod

import numpy as np

from convolith.model.options.lanes import ADDEND_FRACTION
from convolith.model.quantization.words import MOST_MULTIPLIER
from convolith.sim.fuzz.primes import factors

__all__ = ["float_ties", "fractional", "integer_ties"]

SIGNIFICAND = 24
POINT = ADDEND_FRACTION
"""Bits behind the point of an addend."""

FRACTION = 31
"""Bits behind the point of a TFLite multiplier."""

MOST = 1 << 31
MOST_RESULT = 127
ATTEMPTS = 20
ONE_BIT = 0.3
"""The part of the ties that are a bit away."""

CARRIED = 0.2
"""The part of products just below powers of two, where small results come more often."""

Factors = tuple[int, int]


def float_ties(
    rng: np.random.Generator, *, small: bool = False
) -> Iterator[tuple[int, float]]:
    """Sums, and multipliers of 24 bits.

    The product is near a float32 that is half-way between two integers: on it, on the tie between
    it and its neighbour, or one bit from there. Or it is one bit, wherever that is, beside such a
    float32. With ``small``, small results come more often, and some products lie just below a power
    of two, to which a float32 rounds them up.
    """
    while True:
        if rng.random() < ONE_BIT:
            yield _one_bit_beside(rng)
            continue
        if small and rng.random() < CARRIED:
            yield _carried(rng)
            continue
        half = _small_half(rng) if small else 2 * int(rng.integers(MOST_RESULT)) + 1
        bits = int(rng.integers(SIGNIFICAND + 2, 2 * SIGNIFICAND))
        scale = bits - half.bit_length()
        tie = 1 << bits - SIGNIFICAND - 1  # half of the float32's last bit
        product = (half << scale) + int(rng.choice((-tie, 0, tie))) + _little(rng, tie)
        pair = _taken_apart(rng, product, 1 << SIGNIFICAND, (1, 1 << SIGNIFICAND))
        if pair:
            yield pair[0], float(np.ldexp(float(pair[1]), -scale - 1))


def fractional(
    rng: np.random.Generator, number: int, multiplier: float
) -> tuple[int, float, float]:
    """A sum, an addend and a multiplier with the same product, but for what is rounded off.

    The total of sum and addend is smaller by a power of two. Or it is a tie between two float32s,
    or next to one: then the addend has the bits behind the point.
    """
    smaller = int(rng.integers(POINT + 1)) if rng.integers(2) else 0
    while multiplier * 2.0**smaller >= MOST_MULTIPLIER:
        smaller -= 1
    total = number << POINT - smaller
    half = 1 << max(0, total.bit_length() - SIGNIFICAND - 1)
    near = total + int(rng.choice((-half, half))) + _little(rng, half)
    whole, rest = divmod(near, 1 << POINT)
    if rest != int(np.float32(rest)):  # too many digits for a float32; maybe not from above
        whole, rest = whole + 1, rest - (1 << POINT)
    if rest != int(np.float32(rest)):  # nor so: the total without a tie
        whole, rest = 0, total
    return whole, float(np.ldexp(float(rest), -POINT)), multiplier * 2.0**smaller


def integer_ties(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """Sums, and TFLite's multipliers and shifts (to the right).

    The product is near one that is rounded twice: to a multiple of 2**31, and then to one of
    2**(31 + shift).
    """
    while True:
        half, shift = 2 * int(rng.integers(MOST_RESULT)) + 1, int(rng.integers(1, 24))
        first = (half << shift - 1) + int(rng.integers(-1, 2))
        tie = 1 << FRACTION - 1
        product = (first << FRACTION) - tie + _little(rng, tie)
        pair = product > 0 and _taken_apart(rng, product, MOST, (MOST >> 1, MOST))
        if pair:
            yield *pair, shift


def _one_bit_beside(rng: np.random.Generator) -> tuple[int, float]:
    """A sum, and a power of two: small results more often."""
    half = _small_half(rng)
    bits = int(rng.integers(1, SIGNIFICAND - half.bit_length()))
    return (half << bits) + int(rng.choice((-1, 1))), float(2.0 ** -(bits + 1))


def _carried(rng: np.random.Generator) -> tuple[int, float]:
    """A sum and a multiplier whose product is rounded up, through all bits of its significand."""
    while True:
        bits = int(rng.integers(SIGNIFICAND + 2, 2 * SIGNIFICAND))
        tie = 1 << bits - SIGNIFICAND - 1  # half of the last bit of a float32 below the power
        product = (1 << bits) - int(rng.integers(1, tie + 1))
        pair = _taken_apart(rng, product, 1 << SIGNIFICAND, (1, 1 << SIGNIFICAND))
        if pair:
            result = int(rng.integers(MOST_RESULT.bit_length() + 1))
            return pair[0], float(np.ldexp(float(pair[1]), result - bits))


def _small_half(rng: np.random.Generator) -> int:
    """Twice a number that ends in a half: small ones more often."""
    return 2 * int(2 ** rng.uniform(0, 7)) - 1


def _little(rng: np.random.Generator, tie: int) -> int:
    """0 mostly, or one bit below a tie."""
    power = 1 << int(rng.integers(tie.bit_length()))
    return int(rng.choice((0, 0, 1, -1, power, -power)))


def _taken_apart(
    rng: np.random.Generator, product: int, most: int, second: tuple[int, int]
) -> Factors | None:
    """Two factors: one below ``most``, the other from ``second[0]`` and below ``second[1]``."""
    primes = factors(product)
    for _ in range(ATTEMPTS):
        chosen = rng.random(len(primes)) < rng.random()
        one = prod(p for p, taken in zip(primes, chosen, strict=True) if taken)
        other = product // one
        if one < most and second[0] <= other < second[1]:
            return one, other
    return None
