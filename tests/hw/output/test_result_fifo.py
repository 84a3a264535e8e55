"""The output FIFO against a queue: the same rows, three cycles later, however they are taken."""

from collections import deque
from random import Random

import pytest
from amaranth.hdl import *
from amaranth.lib import stream
from benches import play

from convolith.hw.output.result_fifo import ResultFifo
from convolith.model.dataflow.cycles import FIFO_LATENCY

WIDTH = 40


def simulate(depth, rows):
    """Per cycle valid and payload; rows of (write?, row, ready?)."""
    row, comes, o = Signal(WIDTH), Signal(), stream.Signature(WIDTH).create()
    fifo = ResultFifo(depth, i=row, comes=comes, o=o)
    ahead = [(0, 0, 0), *rows]  # it is said a cycle ahead that a row comes
    table = [(*after[:1], *now[1:]) for now, after in zip(ahead, [*rows, (0, 0, 0)], strict=True)]
    return play(fifo, [comes, row, o.ready], table, [o.valid, o.payload])[1:]


def test_by_hand():
    rows = [(1, 7, 1), (1, 8, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1)]
    seen = simulate(4, rows)
    assert [valid for valid, _ in seen] == [0, 0, 0, 1, 1, 0]
    assert [row for valid, row in seen if valid] == [7, 8]


@pytest.mark.parametrize(("depth", "often"), [(2, 0.5), (5, 0.3), (5, 0.9), (8, 1.0)])
def test_random_traffic(depth, often):
    random = Random(depth)
    # Room is what `Credits` would know of: a row gives it back when it is taken.
    kept, rows, ages = deque(), [], deque()
    table = []
    for cycle in range(400):
        write = len(kept) < depth and random.random() < 0.7
        ready = random.random() < often
        row = random.getrandbits(WIDTH)
        table.append((write, row, ready))
        expected = kept[0] if kept and cycle - ages[0] >= FIFO_LATENCY else None
        rows.append(expected)
        if expected is not None and ready:
            kept.popleft()
            ages.popleft()
        if write:
            kept.append(row)
            ages.append(cycle)
    seen = simulate(depth, table)
    assert [row if valid else None for valid, row in seen] == rows
    assert sum(row is not None for row in rows) > 50
