"""TFLite's product and shift of a magnitude, against its reference kernels."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import play
from tflite_reference import multiply_by_quantized_multiplier

from convolith.hw.requantize.integer_scale import (
    INTEGER_SCALE_LATENCY,
    MULTIPLIER_BITS,
    RIGHT_BITS,
    IntegerScale,
)

HALF = 1 << 30  # a multiplier
LATENCY = 8


def scaled(width, bits, cases):
    """The result of each (number, negative, multiplier, right), one case per cycle."""
    number, negative = Signal(width), Signal()
    multiplier, right = Signal(MULTIPLIER_BITS), Signal(RIGHT_BITS)
    dut = IntegerScale(number, negative, multiplier=multiplier, right=right, bits=bits)
    inputs = (number, negative, multiplier, right)
    seen = play(dut, inputs, [*cases, *[(0, 0, 0, 0)] * LATENCY], (dut.result,))
    return [result for (result,) in seen[LATENCY:]]


def test_by_hand():
    assert INTEGER_SCALE_LATENCY == LATENCY
    cases = {
        (3, 0, HALF, 0): 2,  # 1.5, half up
        (3, 1, HALF, 0): 1,  # -1.5, half up
        (4, 1, HALF, 0): 2,
        (20, 0, HALF, 2): 3,  # 10 / 4 = 2.5, away from zero
        (20, 1, HALF, 2): 3,  # and so is -2.5
        (5, 0, HALF, 1): 2,  # 2.5, 3, 1.5, 2: rounded twice
        (5, 1, HALF, 1): 1,  # -2.5, -2, -1
        (3, 0, 8 * HALF, 0): 12,  # a shift to the left by 3
        (2**31, 0, HALF, 30): 1,
        (2**31, 0, HALF, 31): 1,  # one half
        (2**31 - 2, 0, HALF, 31): 0,  # a little less
        (0, 0, 2**34 - 1, 0): 0,
    }
    assert scaled(32, 8, cases) == list(cases.values())


def test_what_is_clamped_in_any_case():
    cases = {
        (510, 0, HALF, 0): 255, (511, 0, HALF, 0): 256, (512, 0, HALF, 0): 256,
        (2**32 - 1, 0, 2**34 - 1, 0): 256, (2**32 - 1, 1, 2**34 - 1, 0): 256,
        (512, 0, HALF, 1): 128,  # too large before the shift only
    }
    assert scaled(32, 8, cases) == list(cases.values())


@pytest.mark.parametrize(("width", "bits"), [(32, 8), (32, 16), (24, 4), (8, 2)])
def test_random(width, bits):
    random = Random(width + bits)
    cases, expected = [], []
    for _ in range(1500):
        number, negative = random.getrandbits(random.randint(1, width)), random.getrandbits(1)
        # Ties of the first rounding, as half a multiplier has them, and of the second.
        multiplier = random.choice([HALF, random.randrange(HALF, 2 * HALF)])
        shift = random.randint(-31, 3)
        wanted = multiply_by_quantized_multiplier(-number if negative else number, multiplier,
                                                  shift)
        cases.append((number, negative, multiplier << max(shift, 0), max(-shift, 0)))
        expected.append(min(abs(wanted), 1 << bits))
    assert len(set(expected)) > 3
    assert scaled(width, bits, cases) == expected
