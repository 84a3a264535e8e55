# amaranth: UnusedElaboratable=no
"""The bias word of each row, by hand."""

from amaranth.hdl import *
from benches import completed, play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.output.bias import BiasReader
from convolith.hw.output.row_counter import RowCounter
from convolith.hw.ports import ReadPort
from convolith.model.options.config import ArrayConfig


def words(config, registers, done):
    """Per cycle the bias word's address, or None if none is read."""
    layer, start, row = Signal(register_layout(config)), Signal(), Signal()
    flows = dataflows(config, layer)
    m = Module()
    m.submodules.rows = rows = RowCounter(
        config, layer, start=start, completion=completed(row, row), flows=flows
    )
    port = ReadPort(config.addr_bits, config.sums_bits).create(path=("bias",))
    m.submodules.bias = BiasReader(layer, start=start, row=rows, port=port, later=0, flows=flows)
    values = tuple(registers.values())
    table = [(*values, 1, 0), *((*values, 0, on) for on in done)]
    seen = play(m, (*(layer[name] for name in registers), start, row), table,
                (port.en, port.address))
    return [address if en else None for en, address in seen[1:]]


def test_a_word_per_pass():
    """Tiles of 2 rows, 2 of them in a pass; the words begin at address 30."""
    config = ArrayConfig(rows=2, cols=1, depthwise=False)
    found = words(config, {"px_count": 0, "bias_base": 30}, [1, 1, 0, 1, 1, 1, 1])
    assert found == [30, 30, None, 30, 30, 31, 31]


def test_a_word_per_lane_group():
    """4 rows in 2 lane groups that share words: each group has a word, each pass two."""
    config = ArrayConfig(rows=4, cols=2, dot=2, lanes=8)
    assert config.lane_groups == 2
    registers = {"px_count": -1, "bias_base": 30, "shared_words": 1}
    assert words(config, registers, [1] * 8) == [30, 30, 31, 31, 32, 32, 33, 33]
