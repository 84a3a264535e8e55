"""The drain bus: the selected row's word, and nothing else, some levels later."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import pack, play

from convolith.hw.array.drain import Drain

WIDTH = 10
LEVELS = {1: 1, 2: 1, 3: 2, 8: 2, 9: 3, 16: 3, 33: 4}  # per R: pairs first, then fours


def drain(rows, cycles):
    """``sums`` per cycle, for cycles of (words, selected row or None)."""
    words, select = Signal(rows * WIDTH), Signal(rows)
    slices = [words[r * WIDTH : (r + 1) * WIDTH] for r in range(rows)]
    dut = Drain(slices, list(select))
    table = [(pack(w, WIDTH), 0 if s is None else 1 << s) for w, s in cycles]
    return [s for (s,) in play(dut, (words, select), table, (dut.sums,))]


def test_by_hand():
    # Three rows: two levels. A row may follow the other in the next cycle.
    words = (11, 22, 33)
    selected = [0, 1, 2, None, 2, None, None, None]
    assert drain(3, [(words, s) for s in selected]) == [0, 0, 11, 22, 33, 0, 33, 0]


@pytest.mark.parametrize("rows", LEVELS)
def test_each_row_and_random(rows):
    random = Random(rows)
    selected = [*range(rows), *(random.choice([None, *range(rows)]) for _ in range(60))]
    cycles = [([random.getrandbits(WIDTH) for _ in range(rows)], s) for s in selected]
    words = [0 if s is None else w[s] for w, s in cycles]
    assert drain(rows, cycles) == ([0] * LEVELS[rows] + words)[: len(cycles)]
