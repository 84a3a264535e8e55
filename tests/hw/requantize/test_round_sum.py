"""Integers rounded as float32 rounds them, against NumPy's conversion."""

import numpy as np
import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.requantize.round_sum import ROUND_LATENCY, RoundSum


def rounded(bits, numbers):
    magnitude = Signal(bits)
    dut = RoundSum(magnitude)
    rows = [(n,) for n in [*numbers, *[0] * ROUND_LATENCY]]
    return [r for (r,) in play(dut, (magnitude,), rows, (dut.rounded,))][ROUND_LATENCY:]


def test_by_hand():
    # 2**24 + 1 is half-way between two numbers of 24 bits, and so is 2**24 + 3: to the even one.
    numbers = [2**24 - 1, 2**24 + 1, 2**24 + 3, 2**25 + 3, 2**25 + 2, 2**32 - 1]
    assert rounded(32, numbers) == [2**24 - 1, 2**24, 2**24 + 4, 2**25 + 4, 2**25, 2**32]


@pytest.mark.parametrize("bits", [8, 24, 25, 32])
def test_numpy(bits):
    rng = np.random.default_rng(bits)
    numbers = rng.integers(0, 1 << rng.integers(1, bits + 1, 500)).tolist()
    expected = np.array(numbers).astype(np.float32).astype(np.int64).tolist()
    if bits > 24:
        assert numbers != expected
    assert rounded(bits, numbers) == expected
