"""Significands with the leading one in front, against exact fractions."""

from fractions import Fraction
from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.requantize.normalize import SIGNIFICAND, Normalize, normalize_latency


def normalized(width, numbers):
    """(significand, zeros, nonzero) of each."""
    number = Signal(width)
    dut = Normalize(number)
    latency = normalize_latency(width)
    rows = [(n,) for n in [*numbers, *[0] * latency]]
    return play(dut, (number,), rows, (dut.significand, dut.zeros, dut.nonzero))[latency:]


def test_by_hand():
    top = 1 << (SIGNIFICAND - 1)
    assert normalized(32, [1, 3, 1 << 31, 0x80000080, 0x80000180, 0xFFFFFFFF]) == [
        (top, 31, 1),
        (3 << (SIGNIFICAND - 2), 30, 1),
        (top, 0, 1),
        (top, 0, 1),  # half-way: to the even one below
        (top + 2, 0, 1),  # half-way: to the even one above
        (top, -1, 1),  # rounded to 2**32
    ]
    assert normalized(32, [0])[0][2] == 0


@pytest.mark.parametrize("width", [20, 24, 32, 33, 64])
def test_random(width):
    random = Random(width)
    numbers = [random.getrandbits(random.randint(1, width)) | 1 for _ in range(500)]
    found = normalized(width, numbers)
    for number, (significand, zeros, nonzero) in zip(numbers, found, strict=True):
        unit = Fraction(1 << width, 1 << SIGNIFICAND)
        # `round` of a fraction is half to even.
        shift = width - number.bit_length()
        exact = round(number * (1 << shift) / unit)
        assert nonzero
        assert significand >> (SIGNIFICAND - 1) == 1
        assert Fraction(significand, 1) * unit / Fraction(2) ** zeros == exact * unit / (1 << shift)
