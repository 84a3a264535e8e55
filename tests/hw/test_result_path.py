# amaranth: UnusedElaboratable=no
"""From rows of the array to the output stream: what leaves, what is dropped, and the room."""

from types import SimpleNamespace

from amaranth.hdl import *
from amaranth.lib import stream
from amaranth.lib.data import StructLayout
from benches import play

from convolith.hw.layouts.registers import register_layout
from convolith.hw.layouts.rows import sums_layout
from convolith.hw.result_path import ResultPath
from convolith.model.dataflow.cycles import FIFO_LATENCY, output_rows
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=2, cols=1, bias_words=0, sum_words=0, depthwise=False)


def played(rows):
    """Per cycle valid, sum, last, room, in_use.

    Rows of take, active, done, valid, sum, last, ready.
    """
    array = SimpleNamespace(
        done=Signal(), o_valid=Signal(), o_comes=Signal(), o=Signal(sums_layout(CONFIG)),
        completing=Signal(StructLayout({"done": 1, "valid": 1, "final": 1})),
    )
    ports = SimpleNamespace(o=stream.Signature(sums_layout(CONFIG)).create(), gated=False)
    take, active = Signal(), Signal()
    dut = ResultPath(
        CONFIG, Signal(register_layout(CONFIG)), starts={}, take=take, active=active, array=array,
        ports=ports,
    )
    inputs = (take, active, array.done, array.o_valid, array.o.sums[0], array.o.last,
              ports.o.ready, array.o_comes)
    payload = ports.o.payload
    comes = [valid for _, _, _, valid, *_ in [*rows[1:], rows[-1]]]  # a cycle ahead
    table = [(*row, ahead) for row, ahead in zip(rows, comes, strict=True)]
    before = (0, 0, 0, 0, 0, 0, 1, rows[0][3])
    return play(dut, inputs, [before, *table], (
        ports.o.valid, payload.sums[0], payload.last, dut.room, dut.in_use))[1:]


def test_rows_with_an_output_leave_in_their_order():
    idle = (0, 0, 0, 0, 0, 0, 1)
    rows = [(0, 0, 1, 1, 7, 0, 1), (0, 0, 1, 0, 8, 0, 1), (0, 0, 1, 1, -9, 1, 1)]
    seen = played([*rows, *[idle] * 6])
    assert [row[1:3] for row in seen if row[0]] == [(7, 0), (-9, 1)]
    assert [row[0] for row in seen].index(1) == FIFO_LATENCY


def test_tiles_take_room_and_rows_give_it_back():
    tiles = output_rows(CONFIG) // CONFIG.rows
    take, dropped = (1, 0, 0, 0, 0, 0, 1), (0, 0, 1, 0, 0, 0, 1)
    idle = (0, 0, 0, 0, 0, 0, 1)
    seen = played([*[take] * tiles, idle, dropped, dropped, idle, idle, idle])
    room = [row[3] for row in seen]
    assert room[: tiles + 1] == [1] * tiles + [0]  # no room is left for another tile
    assert room[-1] == 1  # two rows without an output have given theirs back


def test_registers_are_in_use_as_long_as_slots_are_on_their_way():
    seen = played([(0, 1, 0, 0, 0, 0, 1), *[(0, 0, 0, 0, 0, 0, 1)] * 12])
    in_use = [row[4] for row in seen]
    last = max(i for i, on in enumerate(in_use) if on)
    assert in_use == [1] * (last + 1) + [0] * (12 - last)
    # 9 cycles from a slot to its operands (OPERANDS), and one by which slots wait, as this array
    # has no cells of a part.
    assert last == 10
