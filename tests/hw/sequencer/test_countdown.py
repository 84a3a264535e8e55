"""A loop counted down, and loops within each other, against counting up."""

from itertools import product
from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.sequencer.countdown import Countdown, nest_loops

WIDTH = 4


def lasts(rows):
    """``last`` per row of (count, start, advance)."""
    count, start, advance = Signal(signed(WIDTH)), Signal(), Signal()
    dut = Countdown(count, start, advance)
    return [last for (last,) in play(dut, (count, start, advance), rows, (dut.last,))]


def test_three_rounds_by_hand():
    # Loaded in cycle 0; the round of cycle 2 lasts two cycles; then the loop starts over.
    start, wait, advance = (1, 1, 0), (1, 0, 0), (1, 0, 1)
    rows = [start, advance, wait, advance, advance, advance, advance, advance]
    assert lasts(rows)[1:] == [0, 0, 0, 1, 0, 0, 1]


def test_one_round_is_always_the_last():
    assert lasts([(-1, 1, 0), *[(-1, 0, 1)] * 5])[1:] == [1] * 5


def test_longest_count():
    # 7 is the largest of four signed bits: nine rounds.
    assert lasts([(7, 1, 0), *[(7, 0, 1)] * 18])[1:] == ([0] * 8 + [1]) * 2


@pytest.mark.parametrize("seed", range(5))
def test_random_loads_and_advances(seed):
    random = Random(seed)
    rounds = left = random.randint(1, 9)
    rows, expected = [(rounds - 2, 1, 0)], []
    for _ in range(300):
        # Loads come at any time, also together with an advance, and win.
        start, advance = random.random() < 0.1, random.random() < 0.6
        expected.append(int(left == 1))
        if start:
            rounds = random.randint(1, 9)
        rows.append((rounds - 2, start, advance))
        if start or (advance and left == 1):
            left = rounds
        elif advance:
            left -= 1
    assert lasts(rows)[1:] == expected


@pytest.mark.parametrize("rounds", [(1, 1, 1), (4, 3, 2), (1, 3, 1), (2, 1, 3), (3, 3, 1)])
def test_nest(rounds):
    # `rounds` from the inside out; twice, as the nest starts over by itself.
    m = Module()
    start, advance = Signal(), Signal()
    counts = {f"loop_{i}": Const(r - 2, signed(WIDTH)) for i, r in enumerate(rounds)}
    ends, last, end = nest_loops(m, counts, start, advance)

    random = Random(sum(rounds))
    rows, expected = [(1, 0)], []
    for outer, middle, inner in [*product(*map(range, reversed(rounds)))] * 2:
        is_last = [i == r - 1 for i, r in zip((inner, middle, outer), rounds, strict=True)]
        for go in [0] * random.randint(0, 2) + [1]:
            wraps = [go, go and is_last[0], go and all(is_last[:2]), go and all(is_last)]
            rows.append((0, go))
            expected.append((*is_last, *wraps))
    assert play(m, (start, advance), rows, (*last, *ends, end))[1:] == expected
