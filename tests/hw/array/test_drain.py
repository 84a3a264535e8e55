"""The drain bus: the selected row's word, and nothing else, some levels later."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import pack, play
from icarus_play import ECP5, ICE40, needs_icarus, play_cells

from convolith.hw.array.drain import Drain

WIDTH = 10
LEVELS = {1: 1, 2: 1, 3: 1, 4: 1, 8: 1, 9: 2, 16: 2, 32: 2, 33: 3}  # per R: eights, then fours


def drain(rows, cycles, run=play):
    """``sums`` per cycle; ``cycles``: words, and the number of the row that is taken or None."""
    words, completes = Signal(rows * WIDTH, name="words"), Signal(rows, name="completes")
    slices = [words[r * WIDTH : (r + 1) * WIDTH] for r in range(rows)]
    m, sums = Module(), Signal(WIDTH, name="sums")
    m.submodules.drain = dut = Drain(slices, list(completes))
    m.d.comb += sums.eq(dut.sums)
    bits = [0 if s is None else 1 << s for _, s in cycles]  # each a cycle before its words
    table = [(0, bits[0])]
    table += [(pack(w, WIDTH), bit) for (w, _), bit in zip(cycles, [*bits[1:], 0], strict=True)]
    return [s for (s,) in run(m, (words, completes), table, (sums,))][1:]


def test_by_hand():
    # Nine rows: two levels. A row may follow the other in the next cycle.
    words = range(11, 20)
    taken = [0, 1, 8, None, 2, None, None]
    assert drain(9, [(words, s) for s in taken]) == [0, 0, 11, 12, 19, 0, 13]


def check(rows, run):
    """Each row, and then rows at random."""
    random, levels = Random(rows), LEVELS[rows]
    taken = [*range(rows), *(random.choice([None, *range(rows)]) for _ in range(60))]
    cycles = [([random.getrandbits(WIDTH) for _ in range(rows)], s) for s in taken]
    found = drain(rows, cycles, run)[levels:]
    for (words, s), sums in zip(cycles, found, strict=False):
        assert s is None or sums == words[s]


@pytest.mark.parametrize("rows", LEVELS)
def test_each_row_and_random(rows):
    check(rows, play)


@needs_icarus
@pytest.mark.parametrize("platform", [ECP5, ICE40], ids=["ecp5", "ice40"])
@pytest.mark.parametrize("rows", [1, 3, 4, 8, 9, 16, 33])
def test_the_same_in_a_parts_cells(tmp_path, rows, platform):
    def run(m, inputs, table, outputs):
        return play_cells(tmp_path, m, platform, inputs, table, outputs)

    check(rows, run)
