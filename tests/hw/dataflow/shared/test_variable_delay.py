"""A value comes out as many cycles later as was asked for."""

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.shared.variable_delay import VariableDelay

MOST = 5
VALUES = list(range(10, 30))


@pytest.mark.parametrize("cycles", range(MOST + 1))
def test_each_delay(cycles):
    i, wanted = Signal(6), Signal(range(MOST + 1))
    dut = VariableDelay(i, wanted, most=MOST)
    # The number of cycles is there for one cycle before the first value.
    rows = [(0, cycles), *((value, cycles) for value in VALUES)]
    seen = [o for (o,) in play(dut, (i, wanted), rows, (dut.o,))]
    assert seen[1 + cycles :] == VALUES[: len(VALUES) - cycles]


def test_after_a_reset_no_older_value_comes():
    """The ring is full of ones when a reset comes; without a delay, zeros stay zeros."""
    i, cycles, reset = Signal(), Signal(3), Signal()
    dut = VariableDelay(i, cycles, most=MOST)
    rows = [(1, 3, 0)] * 20 + [(0, 3, 1)] + [(0, 0, 0)] * 20
    seen = [o for (o,) in play(ResetInserter(reset)(dut), (i, cycles, reset), rows, (dut.o,))]
    assert seen[5:20] == [1] * 15
    assert seen[21:] == [0] * 20
