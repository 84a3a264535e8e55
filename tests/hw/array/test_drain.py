"""The drain bus: the selected row's word, and nothing else, some levels later."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import pack, play

from convolith.hw.array.drain import Drain

WIDTH = 10
LEVELS = {1: 1, 2: 1, 3: 1, 8: 1, 9: 2, 16: 2, 32: 2, 33: 3}  # per R: eights first, then fours


def drain(rows, cycles):
    """``sums`` per cycle, for cycles of (words, number of the row that is taken, or None)."""
    words, completes = Signal(rows * WIDTH), Signal(rows)
    slices = [words[r * WIDTH : (r + 1) * WIDTH] for r in range(rows)]
    dut = Drain(slices, list(completes))
    bits = [0 if s is None else 1 << s for _, s in cycles]  # each a cycle before its words
    table = [(0, bits[0])]
    table += [(pack(w, WIDTH), bit) for (w, _), bit in zip(cycles, [*bits[1:], 0], strict=True)]
    return [s for (s,) in play(dut, (words, completes), table, (dut.sums,))][1:]


def test_by_hand():
    # Nine rows: two levels. A row may follow the other in the next cycle.
    words = range(11, 20)
    taken = [0, 1, 8, None, 2, None, None]
    assert drain(9, [(words, s) for s in taken]) == [0, 0, 11, 12, 19, 0, 13]


@pytest.mark.parametrize("rows", LEVELS)
def test_each_row_and_random(rows):
    random, levels = Random(rows), LEVELS[rows]
    taken = [*range(rows), *(random.choice([None, *range(rows)]) for _ in range(60))]
    cycles = [([random.getrandbits(WIDTH) for _ in range(rows)], s) for s in taken]
    found = drain(rows, cycles)[levels:]
    for (words, s), sums in zip(cycles, found, strict=False):
        assert s is None or sums == words[s]
