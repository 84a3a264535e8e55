"""A number times a float32, rounded to an integer, against NumPy's float32."""

from random import Random

import numpy as np
import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.requantize.float_scale import FloatScale, float_scale_latency

# Of a number, until its product begins: 5 or 6 shifts by powers of two, and 2 cycles that round.
NORMALIZED = {20: 7, 32: 7, 64: 8}
BEHIND = 4 + 6  # a product, and what rounds it


def scaled(width, fraction, bits, cases):
    """The result of each (number, multiplier), a case per cycle; multipliers come when needed."""
    late, latency = NORMALIZED[width], NORMALIZED[width] + BEHIND
    number, multiplier = Signal(width), Signal(31)
    dut = FloatScale(number, fraction=fraction, multiplier=multiplier, bits=bits)
    numbers = [n for n, _ in cases] + [0] * latency
    patterns = [int(np.float32(m).view(np.uint32)) for _, m in cases]
    patterns = [0] * late + patterns + [0] * (latency - late)
    seen = play(dut, (number, multiplier), zip(numbers, patterns, strict=True), (dut.result,))
    return [result for (result,) in seen[latency:]]


def test_latency():
    assert {width: float_scale_latency(width) for width in NORMALIZED} == {20: 17, 32: 17, 64: 18}


def test_by_hand():
    cases = {
        (5, 0.5): 2, (7, 0.5): 4,  # 2.5 and 3.5, half to even
        (1000, 0.25): 250, (3, 1.0): 3, (1, 0.5): 0, (3, 0.25): 1, (0, 100.0): 0,
        # 7/6 as a float32 is a little less: the product is 3.4999999, which no float32 of 24 bits
        # is, and 3.5 is 4.
        (3, 7 / 6): 4,
        # 2**24 + 1 is 2**24 as a float32: exactly one half, and so 0.
        (2**24 + 1, 2.0**-25): 0, (2**24 + 2, 2.0**-25): 1,
        (2**32 - 1, 2.0**-25): 128,
        # 125 * 420479 = 4 * (401 << 15) + 3: as a float32 one step more than 200.5.
        (125, 420479 * 2.0**-18): 201, (125, 420477 * 2.0**-18): 200,
    }
    assert scaled(32, 0, 8, cases) == list(cases.values())


def test_digits_behind_the_point():
    # 5 and 7 halves; 2**64 - 1 steps of 2**-32 are 2**32 as a float32.
    assert scaled(32, 1, 8, [(5, 1.0), (7, 1.0), (5, 2.0)]) == [2, 4, 5]
    assert scaled(64, 32, 8, [(5 << 31, 1.0), (2**64 - 1, 2.0**-25), (1, 63.0)]) == [2, 128, 0]


def test_what_is_clamped_in_any_case():
    cases = {
        (255, 1.0): 255, (256, 1.0): 256, (257, 1.0): 256, (511, 0.5): 256, (510, 0.5): 255,
        (2**32 - 1, 1.0): 256, (2**32 - 1, 2.0**127): 256, (1, 2.0**127): 256, (1, 2.0**-126): 0,
    }
    assert scaled(32, 0, 8, cases) == list(cases.values())


@pytest.mark.parametrize(
    ("width", "fraction", "bits"),
    [(32, 0, 8), (32, 0, 16), (20, 0, 2), (64, 32, 8), (32, 3, 15), (32, 0, 3)],
)
def test_random(width, fraction, bits):
    random = Random(width + bits)
    cases, expected = [], []
    for _ in range(2000):
        number = random.getrandbits(random.randint(1, width))
        value = number / 2**fraction if fraction else number
        # Results of all sizes, and many that are near k + 1/2, or exactly that.
        aim = random.uniform(0, 2 ** random.randint(-1, bits + 1))
        aim = random.choice([aim, int(aim) + 0.5])
        m = np.float32(min(max(aim / max(value, 2.0**-40), 2.0**-126), 2.0**126))
        cases.append((number, m))
        rounded = np.array(number, dtype=np.uint64).astype(np.float32)
        product = rounded * np.float32(2.0**-fraction) * m
        expected.append(int(min(np.rint(product), 1 << bits)))
    assert set(range(1 << min(bits, 4))) <= set(expected)
    assert scaled(width, fraction, bits, cases) == expected
