"""When things happen if outputs are not always ready: by hand; the RTL is in test_environment."""

import pytest
from exported_layers import LAYERS, compiled

from convolith.model.dataflow.cycles import cycles
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.events import events
from convolith.model.dataflow.exits import DirectExit, LanesExit
from convolith.model.dataflow.readiness import ALWAYS, Readiness, hashed
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig


class Every:
    """Ready in every so many cycles, those that it divides."""

    def __init__(self, period):
        self.period = period

    def first(self, cycle):
        return -(-cycle // self.period) * self.period


def test_the_hash_is_splitmix():
    # The first outputs of SplitMix64 from the state 0, as its authors' program prints them.
    gamma = 0x9E3779B97F4A7C15
    assert hashed(0) == 0xE220A8397B1DCDAF
    assert hashed(gamma) == 0x6E789E6AA1B965F4
    assert hashed(2 * gamma & (1 << 64) - 1) == 0x06C45D188009454F


def test_readiness():
    pattern = Readiness(percent=30, seed=7)
    ready = [cycle for cycle in range(10_000) if pattern.ready(cycle)]
    assert 2_800 < len(ready) < 3_200
    assert pattern.first(ready[0]) == ready[0]
    assert pattern.first(ready[0] + 1) == ready[1]
    assert Readiness(30, 7, begin=5).first(ready[3] - 5) == ready[3] - 5
    assert Readiness(30, 8).first(0) != Readiness(30, 7).first(0) or ready[:50] != [
        cycle for cycle in range(200) if Readiness(30, 8).ready(cycle)
    ][:50]
    assert ALWAYS.always
    assert ALWAYS.first(12) == 12


@pytest.mark.parametrize(
    ("percent", "seed", "message"),
    [(0, 0, "percent must be from 1 to 100, not 0"),
     (101, 0, "percent must be from 1 to 100, not 101"),
     (50, -1, "seed must be from 0 to 4294967295, not -1")],
)
def test_readiness_refuses(percent, seed, message):
    with pytest.raises(ValueError, match=message):
        Readiness(percent, seed)


def test_rows_leave_one_after_the_other():
    """Written in cycles 10 and 11, they are at the output from 13 on; it is ready every 5th."""
    way = DirectExit(Every(5))
    assert [way.leave(written, moves=False) for written in (10, 11, 30)] == [15, 20, 35]
    assert way.out == [15, 20, 35]
    assert way.last == 35


LANES = ArrayConfig(rows=1, cols=2, post_lanes=1, post_mode="tflite")  # a row takes two cycles


def test_lanes_that_wait_for_their_fifo():
    """Of a FIFO for 21 words (14 + 3 + 4) that nobody empties until cycle 1000."""
    way = LanesExit(DenseTiling(LANES, ConvLayer(IC=1, OC=2, IY=30, KY=1, dims=1)), Every(1000))
    for row in range(12):
        way.leave(row, moves=False)
    # From cycle 3 on, a word a cycle: 20 at once, and one for what is not counted yet.
    assert way.taken[:21] == list(range(3, 24))
    # Words leave in cycles 1000, 2000, ..., which is known three cycles later. The lanes ask for
    # room for two, and then take two: that of the first is not counted yet when the second goes.
    assert way.taken[21:] == [2003, 2004, 4003]
    assert way.out[:3] == [1000, 2000, 3000]
    # Each word is in the lanes for 14 cycles, most of them those of the next word as well.
    assert way.lanes_active == (20 + 14) + (1 + 14) + 14


@pytest.mark.parametrize("name", LAYERS)
def test_always_ready_is_the_cycle_model(name):
    for step in compiled(name).program:
        found = step.events(ALWAYS)
        assert found.end == step.cycles
        assert len(found.row_cycles) == step.rows
        assert list(found.row_cycles) == sorted(set(found.row_cycles))


def test_by_hand():
    """One PE, three outputs of one tap: rows are complete every cycle, and leave every 10th."""
    config = ArrayConfig(rows=1, cols=1, bias_words=0, sum_words=0, depthwise=False)
    tiling = DenseTiling(config, ConvLayer(IC=1, OC=1, IY=3, KY=1, dims=1))
    first = cycles(tiling) - 2
    found = events(tiling)
    assert list(found.row_cycles) == [first, first + 1, first + 2]
    late = events(tiling, Every(10))
    tens = -(-first // 10) * 10
    assert list(late.row_cycles) == [tens, tens + 10, tens + 20]
    assert late.end == tens + 20
    # There is room for all three rows: the layer's registers are needed no longer than before.
    assert late.ready == found.ready
