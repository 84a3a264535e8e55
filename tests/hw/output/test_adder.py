# amaranth: UnusedElaboratable=no
"""Rows of sums with what is added to them, by hand."""

from types import SimpleNamespace

import pytest
from amaranth.hdl import *
from amaranth.lib.data import StructLayout
from benches import pack, play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.output.adder import RowAdder
from convolith.hw.ports import ReadPort
from convolith.model.options.config import ArrayConfig

AHEAD = 4
BITS = 8


def added(config, registers, rows, bias=(0, 0)):
    """Per cycle the sums that leave (None if none does), last, done, kept.

    Rows of done, valid, final, sums: the flags come AHEAD cycles before the sums.
    """
    layer, start = Signal(register_layout(config)), Signal()
    completing = Signal(StructLayout({"done": 1, "valid": 1, "final": 1}))
    sums = Signal(config.sums_bits)
    array = SimpleNamespace(completing=completing, o=SimpleNamespace(sums=sums))
    port = ReadPort(config.addr_bits, config.sums_bits).create(path=("bias",))
    dut = RowAdder(
        config, layer, start=start, array=array, ahead=AHEAD, bias=port,
        flows=dataflows(config, layer),
    )
    values = tuple(registers.values())
    flags = [row[:3] for row in rows] + [(0, 0, 0)] * (AHEAD + 1)
    words = [pack((0, 0), BITS)] * AHEAD + [pack(row[3], BITS) for row in rows] + [0]
    word = pack(bias, BITS)
    table = [(*values, 1, 0, 0, 0, 0, word)]
    table += [(*values, 0, *on, w, word) for on, w in zip(flags, words, strict=True)]
    inputs = (*(layer[name] for name in registers), start, completing.done,
              completing.valid, completing.final, sums, port.data)
    seen = play(dut, inputs, table, (dut.o_valid, *dut.o.sums, dut.o.last, dut.done, dut.kept))
    return [(row[1:3] if row[0] else None, *row[3:]) for row in seen[2 + AHEAD :]]


CONFIG = {"rows": 2, "cols": 2, "acc_bits": BITS, "depthwise": False}


def test_a_bias_is_added_to_rows_with_an_output():
    config = ArrayConfig(**CONFIG)
    rows = [(1, 1, 0, (1, 2)), (0, 0, 0, (9, 9)), (1, 0, 0, (3, 4)), (1, 1, 1, (-5, 100))]
    found = added(config, {"px_count": -1, "add_bias": 1}, rows, bias=(10, 27))
    assert found == [
        ((11, 29), 0, 1, 0), (None, 0, 0, 0), (None, 0, 1, 0), ((5, 127), 1, 1, 0)
    ]


def test_a_layer_may_add_nothing():
    config = ArrayConfig(**CONFIG)
    assert added(config, {"px_count": -1}, [(1, 1, 1, (1, 2))], bias=(10, 27)) == [
        ((1, 2), 1, 1, 0)
    ]


def test_sums_that_are_kept_do_not_leave():
    config = ArrayConfig(**CONFIG)
    rows = [(1, 1, 0, (1, 2)), (1, 1, 1, (3, 4))]
    assert added(config, {"px_count": -1, "keep_sums": 1}, rows) == [
        (None, 0, 1, 0), (None, 1, 1, 1)
    ]


def test_two_rows_that_share_an_output_leave_as_one():
    config = ArrayConfig(**{**CONFIG, "pack_edges": True})
    rows = [(1, 1, 0, (1, 2)), (1, 1, 0, (30, 40)), (1, 1, 0, (5, 6)), (1, 1, 1, (7, 8))]
    found = added(config, {"px_count": 0, "row_pairs": 1, "add_bias": 1}, rows, bias=(50, 60))
    assert [sums for sums, *_ in found] == [None, (81, 102), None, (62, 74)]


def test_words_must_be_there_in_time():
    config = ArrayConfig(**CONFIG)
    layer, start = Signal(register_layout(config)), Signal()
    array = SimpleNamespace(completing=None, o=SimpleNamespace(sums=start))
    with pytest.raises(ValueError, match="^ahead must be more than 3, not 3$"):
        RowAdder(config, layer, start=start, array=array, ahead=3, bias=None)
