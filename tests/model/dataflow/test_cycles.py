"""The cycle model's parts by hand; that the RTL takes as many is shown wherever it is simulated."""

import numpy as np
import pytest

from convolith.model.dataflow import cycles
from convolith.model.dataflow.dense.tiling import Tiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.layers.plain.convolution import Convolution


@pytest.mark.parametrize(
    ("rows", "levels"), [(1, 1), (2, 1), (3, 2), (8, 2), (9, 3), (16, 3), (32, 3), (33, 4)]
)
def test_drain_levels(rows, levels):
    # Two rows in the first level, four words in each after it.
    assert cycles.drain_levels(rows) == levels


def test_by_hand():
    # 1x1x1: 3 slots before the accepting edge's first, 10 outputs of 3 taps, and the pipeline:
    # 9 to the array, 4 to the sum, 1 drain level, 1 to add the bias, 3 FIFO, 3 to start.
    tiling = Tiling(ArrayConfig(rows=1, cols=1), ConvLayer.from_shapes((1, 1, 12), (1, 1, 3)))
    assert cycles.cycles(tiling) == 10 * 3 + 9 + 4 + 1 + 1 + 3 + 3
    assert cycles.fill(tiling) == 21
    assert cycles.cycles(tiling, kept=True) == 10 * 3 + 9 + 4 + 1 + 1 + 3
    without = Tiling(ArrayConfig(rows=1, cols=1, bias_words=0, sum_words=0), tiling.layer)
    assert cycles.fill(without) == 20
    assert cycles.load_cycles(tiling) == 12
    assert cycles.utilization(tiling, 45) == 30 / 45


def test_last_row_and_unused_slots():
    # Rows beyond the beats: a step has 4 slots of which 2 are beats; 6 pixels end in row 1.
    config = ArrayConfig(rows=4, cols=1, lanes=2)
    tiling = Tiling(config, ConvLayer.from_shapes((1, 2, 6), (1, 2, 1)))
    assert cycles.cycles(tiling) == 2 * 4 - (4 - 2) + 1 + 3 + cycles.output_latency(config)


def test_loading_takes_the_longer_memory():
    layer = ConvLayer.from_shapes((1, 1, 3), (9, 1, 3))
    assert cycles.load_cycles(Tiling(ArrayConfig(rows=1, cols=1), layer)) == 27


def test_sum_cycle_is_before_the_last_row_leaves():
    tiling = Tiling(ArrayConfig(rows=3, cols=2), ConvLayer.from_shapes((1, 3, 6), (2, 3, 1)))
    way_out = cycles.exit_latency(tiling.config) + cycles.FIFO_LATENCY
    assert cycles.sum_cycle(tiling, tile=1, row=2) + way_out == cycles.cycles(tiling)


def test_the_diagram_of_the_docs():
    # docs/cycles.md; the accepting cycle is number 0.
    config = ArrayConfig(rows=2, cols=2, bias_words=0, sum_words=0)
    tiling = Tiling(config, ConvLayer.from_shapes((1, 2, 4), (2, 2, 1)))
    result = Convolution.prepare(tiling.config, np.ones((1, 2, 4)), np.ones((2, 2, 1)))
    run = result.run(AmaranthSimulator()).run
    assert run.row_cycles[0].tolist() == [22, 23, 24, 25]
    assert cycles.cycles(tiling) == run.cycles
    assert cycles.sum_cycle(tiling, tile=0, row=0) == 18
