"""Rows of sums behind the FIFO: each for one of two streams, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from amaranth.hdl import *
from amaranth.lib import stream
from benches import play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.layouts.rows import results_layout, sums_layout, tagged_layout
from convolith.hw.ports import ReadPort, WritePort
from convolith.hw.requantize.stage import PostStage
from convolith.model.dataflow.cycles import FIFO_LATENCY
from convolith.model.dataflow.exits import POST_LATENCY
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=1, cols=2, post_lanes=2, depthwise=False)
HALF = int(np.float32(0.5).view(np.uint32))  # each lane's multiplier
LAYER = {"zero_point": 3, "low": -128, "high": 20}


def played(rows):
    """Per cycle ready, o (valid, sums), results (valid, activations, last), busy.

    Rows of start, valid, requantize, two sums, last; both outputs are always ready.
    """
    layer, start = Signal(register_layout(CONFIG)), Signal()
    i = stream.Signature(tagged_layout(CONFIG)).create()
    o = stream.Signature(sums_layout(CONFIG)).create()
    results = stream.Signature(results_layout(CONFIG)).create()
    parameters = ReadPort(CONFIG.addr_bits, 2 * 31).create()
    ports = SimpleNamespace(o=o, results=results, parameters=parameters, gated=False)
    dut = PostStage(
        CONFIG, layer, start=start, i=i, ports=ports, flows=dataflows(CONFIG, layer)
    )
    row = i.payload.row
    inputs = (layer.requantize, *(layer[name] for name in LAYER), parameters.data, o.ready,
              results.ready, start, i.valid, i.payload.requantize, *row.sums, row.last)
    stable = (1, *LAYER.values(), HALF << 31 | HALF, 1, 1)
    outputs = (i.ready, o.valid, *o.payload.sums, results.valid, *results.payload.activations,
               results.payload.last, dut.busy)
    return play(dut, inputs, [(*stable, *values) for values in rows], outputs)


def test_a_row_of_sums_passes_in_the_same_cycle():
    seen = played([(0, 0, 0, 0, 0, 0), (0, 1, 0, 7, -9, 1)])
    assert seen[1][:4] == (1, 1, 7, -9)
    assert seen[1][4] == 0


def test_a_row_to_be_requantized_leaves_as_activations():
    """Half of each sum, rounded half to even, and 3 more; at most 20."""
    idle = (0, 0, 0, 0, 0, 0)
    # The row stays until the lanes take it; there is room from the second cycle on.
    seen = played([(1, 0, 0, 0, 0, 0), idle, (0, 1, 1, 5, 100, 1),
                   *[idle] * (POST_LATENCY["int32"] + FIFO_LATENCY + 3)])
    assert seen[2][0] == 1  # taken in the third cycle
    assert not any(row[1] for row in seen)  # nothing for the other stream
    (cycle,) = [n for n, row in enumerate(seen) if row[4]]
    assert seen[cycle][5:8] == (2 + 3, 20, 1)
    assert cycle == 2 + POST_LATENCY["int32"] + FIFO_LATENCY
    busy = [row[8] for row in seen]
    assert busy[1] == 1  # from the cycle after the start
    assert busy[-1] == 0  # until the last result is written


STORES = ArrayConfig(
    rows=1, cols=2, lanes=2, post_lanes=2, store_results=True, depthwise=False
)


def taken(moves, *, ready=1):
    """The cycles in which rows are taken; ``moves``: per cycle, the row that waits moves.

    ``ready``: of the consumer of the results.
    """
    layer, start = Signal(register_layout(STORES)), Signal()
    i = stream.Signature(tagged_layout(STORES)).create()
    ports = SimpleNamespace(
        o=stream.Signature(sums_layout(STORES)).create(),
        results=stream.Signature(results_layout(STORES)).create(),
        parameters=ReadPort(STORES.addr_bits, 2 * 31).create(),
        store=WritePort(STORES.addr_bits, STORES.act_banks, 2 * STORES.act_bits).create(),
        gated=False,
    )
    dut = PostStage(
        STORES, layer, start=start, i=i, ports=ports, flows=dataflows(STORES, layer)
    )
    inputs = (layer.requantize, layer.store, ports.results.ready, i.payload.requantize,
              start, i.valid, i.payload.moves)
    rows = [(1, 1, ready, 1, 1, 0, 0), (1, 1, ready, 1, 0, 0, 0)]
    rows += [(1, 1, ready, 1, 0, 1, of) for of in moves]
    seen = play(dut, inputs, rows, (i.ready,))
    return [cycle for cycle, (takes,) in enumerate(seen[2:]) if takes]


def test_rows_in_a_line_of_results_do_not_wait():
    assert taken([0] * 6) == [0, 1, 2, 3, 4, 5]


def test_two_cycles_lie_between_rows_that_move():
    """The store then knows the place of the second row's results. Other rows do not wait."""
    assert taken([1] * 9) == [0, 3, 6]
    #             taken, waits, waits, taken, ...
    assert taken([1, 1, 1, 1, 0, 0, 1, 1]) == [0, 3, 4, 5, 6]


@pytest.mark.parametrize(("moves", "unused"), [(0, 0), (1, 1)])
def test_no_more_rows_than_there_is_room_for_results(moves, unused):
    """Nobody takes the results. The last free place stays unused if all rows move.

    Rows that do not move follow each other in the cycle in which room is still said to be there.
    """
    depth = POST_LATENCY["int32"] + FIFO_LATENCY + 4
    assert len(taken([moves] * 100, ready=0)) == depth - unused
