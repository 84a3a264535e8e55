# amaranth: UnusedElaboratable=no
"""Credits against a count of the rows that are under way."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.sequencer.credits import Credits


def count(rows, depth, cycles):
    """Per cycle (room, free rows), for cycles of (take, sent, dropped)."""
    take, sent, dropped = Signal(), Signal(), Signal()
    dut = Credits(rows, depth, take=take, sent=sent, dropped=dropped)
    seen = play(dut, (take, sent, dropped), cycles, (dut.room, dut.spare))
    return [(room, spare + rows) for room, spare in seen]


def test_by_hand():
    # Tiles of 2 in 3 rows. The tile of cycle 0 leaves room for 1; the row sent in cycle 1 is room
    # again in cycle 3, where the next tile starts; two rows at a time come back in cycle 6.
    cycles = [(1, 0, 0), (0, 1, 0), (0, 0, 0), (1, 0, 0), (0, 1, 1), (0, 0, 0), (0, 0, 0)]
    assert count(2, 3, cycles) == [(1, 3), (0, 1), (0, 1), (1, 2), (0, 0), (0, 0), (1, 2)]


@pytest.mark.parametrize(
    ("rows", "depth"), [(1, 1), (1, 2), (4, 4), (4, 7), (4, 8), (3, 20), (16, 48)]
)
def test_random(rows, depth):
    # Tiles start whenever there is room; the rows under way leave, or are dropped, in any cycle.
    random = Random(depth)
    under_way = returning = 0  # `returning` left in the cycle before and are no room yet
    cycles, expected = [], []
    for t in range(600):
        room = depth - under_way - returning >= rows
        expected.append((int(room), depth - under_way - returning))
        busy = t % 100 < 50  # fill up, then run empty
        take = room and random.random() < (0.9 if busy else 0.1)
        leaves = [random.random() < (0.3 if busy else 0.7) for _ in range(2)]
        sent, dropped = leaves[0] and under_way > 0, leaves[1] and under_way > 1
        cycles.append((take, sent, dropped))
        returning = sent + dropped
        under_way += take * rows - returning
    assert {room for room, _ in expected} == {0, 1}
    assert min(free for _, free in expected) == 0
    assert count(rows, depth, cycles) == expected


def test_depth_must_hold_a_tile():
    with pytest.raises(ValueError, match="^depth must be at least rows = 4, not 3$"):
        Credits(4, 3, take=Signal(), sent=Signal(), dropped=Signal())
