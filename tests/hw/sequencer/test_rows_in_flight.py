"""Rows that have been begun and are not complete, against a count."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.sequencer.rows_in_flight import RowsInFlight


def under_way(rows, most, cycles):
    """Per cycle whether there are any, for cycles of (take, done)."""
    take, done = Signal(), Signal()
    dut = RowsInFlight(rows, most, take=take, done=done)
    return [any_ for (any_,) in play(dut, (take, done), cycles, (dut.any,))]


def test_by_hand():
    # Two rows begin in cycle 1 and complete in cycles 2 and 4.
    cycles = [(0, 0), (1, 0), (0, 1), (0, 0), (0, 1), (0, 0)]
    assert under_way(2, 4, cycles) == [0, 0, 1, 1, 1, 0]


def test_a_row_completes_as_a_tile_begins():
    # One row each: the second begins in the cycle in which the first completes.
    assert under_way(1, 2, [(1, 0), (1, 1), (0, 1), (0, 0)]) == [0, 1, 1, 0]


@pytest.mark.parametrize(("rows", "most"), [(1, 1), (3, 3), (4, 9), (8, 40)])
def test_random(rows, most):
    random = Random(most)
    count = 0
    cycles, expected = [], []
    for t in range(400):
        expected.append(int(count > 0))
        take = count + rows <= most and random.random() < (0.5 if t % 100 < 50 else 0.02)
        done = count > 0 and random.random() < 0.6
        cycles.append((take, done))
        count += take * rows - done
    assert set(expected) == {0, 1}
    assert under_way(rows, most, cycles) == expected
