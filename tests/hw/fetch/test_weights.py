# amaranth: UnusedElaboratable=no
"""From slots to weights at the array's first row, by hand."""

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.cells.delay import delayed
from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.fetch.weights import WeightFetch
from convolith.hw.layouts.registers import register_layout
from convolith.hw.ports import ReadPort
from convolith.model.dataflow.cycles import MEMORY_LATENCY, OPERANDS
from convolith.model.options.config import ArrayConfig


def fetched(config, slots, **registers):
    """Per slot (first, weights, tile_end) the word, first, last, when the operands are there.

    The memory gives a word's address as its content.
    """
    layer, start = Signal(register_layout(config)), Signal()
    flows = dataflows(config, layer)
    slot = Signal(slot_layout(config, flows))
    port = ReadPort(config.addr_bits, config.weight_word_bits).create(path=("weight",))
    m = Module()
    m.submodules.dut = dut = WeightFetch(
        layer, start=start, slot=slot, ports=[port], flows=flows
    )
    m.d.comb += port.data.eq(delayed(m, port.address, MEMORY_LATENCY, name="memory")[-1])
    values = tuple(registers.values())
    rows = [(*values, 1, 0, 0, 0), *((*values, 0, *row) for row in slots)]
    rows += [(*values, 0, 0, 0, 0)] * OPERANDS
    inputs = (*(layer[name] for name in registers), start, slot.first, slot.weights,
              slot.tile_end)
    return play(m, inputs, rows, (dut.weights, dut.first, dut.last))[1 + OPERANDS :]


def test_two_tiles_take_the_same_words():
    config = ArrayConfig(rows=2, cols=1, depthwise=False)
    slots = [(1, 1, 0), (0, 1, 1), (1, 1, 0), (0, 1, 1)]
    found = fetched(config, slots, weight_base=5)
    assert found == [(5, 1, 0), (6, 0, 1), (5, 1, 0), (6, 0, 1)]


@pytest.mark.parametrize("shares", [0, 1])
def test_shared_words_have_no_weight_where_there_is_no_tap(shares):
    """The second slot consumes no weight: where words can be shared, the array gets a zero."""
    config = ArrayConfig(rows=2, cols=1)
    found = fetched(config, [(1, 1, 0), (0, 0, 0), (0, 1, 1)], weight_base=5, shared_words=shares)
    assert [word for word, *_ in found] == [5, 0, 6]
