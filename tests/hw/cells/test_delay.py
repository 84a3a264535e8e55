"""Values some cycles later."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.cells.delay import delayed


def test_by_hand():
    m, value = Module(), Signal(4)
    stages = delayed(m, value, 2, name="value")
    rows = [(5,), (6,), (7,), (8,)]
    assert play(m, (value,), rows, stages) == [(5, 0, 0), (6, 5, 0), (7, 6, 5), (8, 7, 6)]


def test_no_cycle_is_the_value_itself():
    m, value = Module(), Signal(4)
    stages = [*delayed(m, value, 0, name="none"), *delayed(m, value, 1, name="one")]
    assert play(m, (value,), [(5,), (6,)], stages) == [(5, 5, 0), (6, 6, 5)]


@pytest.mark.parametrize(("width", "cycles"), [(1, 1), (1, 9), (7, 4), (33, 3)])
def test_random(width, cycles):
    random = Random(width)
    values = [random.getrandbits(width) for _ in range(50)]
    m, value = Module(), Signal(width)
    stages = delayed(m, value, cycles, name="value")
    before = [0] * cycles + values  # what a reset leaves, then the values
    expected = [tuple(before[t : t + cycles + 1][::-1]) for t in range(len(values))]
    assert play(m, (value,), [(v,) for v in values], stages) == expected


@pytest.mark.parametrize(("reset_less", "after"), [(False, (3, 0, 0)), (True, (3, 2, 1))])
def test_reset(reset_less, after):
    m, value, reset = Module(), Signal(4), Signal()
    stages = delayed(m, value, 2, name="value", reset_less=reset_less)
    rows = [(1, 0), (2, 1), (3, 0)]
    assert play(ResetInserter(reset)(m), (value, reset), rows, stages)[-1] == after
