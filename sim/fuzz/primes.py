"""The factors of a number, as far as small primes go."""

from functools import cache

import numpy as np

__all__ = ["factors"]

MOST_PRIME = 1 << 12


@cache
def _primes() -> np.ndarray:
    """The primes below `MOST_PRIME`, by Eratosthenes' sieve."""
    sieve = np.ones(MOST_PRIME, dtype=bool)
    sieve[:2] = False
    for number in range(2, int(MOST_PRIME**0.5) + 1):
        sieve[number * number :: number] = False
    return np.flatnonzero(sieve)


def factors(number: int) -> list[int]:
    """Numbers whose product is a positive ``number``, below 2**63: primes, and at most one other.

    The other one has no factor below `MOST_PRIME`.

    Raises
    ------
    ValueError
        If the number is not positive: 0 has every factor, again and again.
    """
    if number < 1:
        raise ValueError(f"a number to take apart must be positive, not {number}")
    found = []
    for prime in _primes()[number % _primes() == 0].tolist():
        while number % prime == 0:
            found.append(prime)
            number //= prime
    return found + [number] * (number > 1)
