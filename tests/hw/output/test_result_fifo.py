"""The output FIFO against a queue: the same rows, three cycles later, however they are taken."""

from collections import deque
from random import Random

import pytest
from amaranth.hdl import *
from amaranth.lib import stream
from benches import play
from icarus_play import ECP5, needs_icarus, play_cells, verilog_of

from convolith.hw.output.result_fifo import ResultFifo
from convolith.model.dataflow.cycles import FIFO_LATENCY

WIDTH, WIDE = 40, 200


def table(rows):
    """For rows of (write?, row, ready?): the same, but that a row comes is said a cycle ahead."""
    ahead = [(0, 0, 0), *rows]
    return [(*after[:1], *now[1:]) for now, after in zip(ahead, [*rows, (0, 0, 0)], strict=True)]


def simulate(depth, rows):
    """Per cycle valid and payload; rows of (write?, row, ready?)."""
    row, comes, o = Signal(WIDTH), Signal(), stream.Signature(WIDTH).create()
    fifo = ResultFifo(depth, i=row, comes=comes, o=o)
    return play(fifo, [comes, row, o.ready], table(rows), [o.valid, o.payload])[1:]


def test_by_hand():
    rows = [(1, 7, 1), (1, 8, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1)]
    seen = simulate(4, rows)
    assert [valid for valid, _ in seen] == [0, 0, 0, 1, 1, 0]
    assert [row for valid, row in seen if valid] == [7, 8]


def traffic(depth, often, width):
    """Rows that come and are taken at random; per cycle the row that must be there, or None.

    Room is what `Credits` would know of: a row gives it back when it is taken.
    """
    random = Random(depth)
    kept, ages, expected, rows = deque(), deque(), [], []
    for cycle in range(400):
        write = len(kept) < depth and random.random() < 0.7
        ready = random.random() < often
        row = random.getrandbits(width)
        rows.append((write, row, ready))
        there = kept[0] if kept and cycle - ages[0] >= FIFO_LATENCY else None
        expected.append(there)
        if there is not None and ready:
            kept.popleft()
            ages.popleft()
        if write:
            kept.append(row)
            ages.append(cycle)
    assert sum(row is not None for row in expected) > 50
    return rows, expected


@pytest.mark.parametrize(("depth", "often"), [(2, 0.5), (5, 0.3), (5, 0.9), (8, 1.0)])
def test_random_traffic(depth, often):
    rows, expected = traffic(depth, often, WIDTH)
    seen = simulate(depth, rows)
    assert [row if valid else None for valid, row in seen] == expected


@needs_icarus
@pytest.mark.parametrize("often", [0.3, 0.9])
@pytest.mark.parametrize("late", [False, True])
def test_in_an_ecp5s_block_ram(tmp_path, often, late):
    rows, expected = traffic(60, often, WIDE)
    row, comes, ready = Signal(WIDE, name="row"), Signal(name="comes"), Signal(name="ready")
    valid, payload = Signal(name="valid"), Signal(WIDE, name="payload")
    o = stream.Signature(WIDE).create()
    m = Module()
    m.submodules.fifo = ResultFifo(60, i=row, comes=comes, o=o, late=late)
    m.d.comb += [o.ready.eq(ready), valid.eq(o.valid), payload.eq(o.payload)]
    assert "DP16KD" in verilog_of(m, ECP5, [row, comes, ready, valid, payload])
    seen = play_cells(tmp_path, m, ECP5, (comes, row, ready), table(rows), (valid, payload))[1:]
    assert [row if there else None for there, row in seen] == expected
