"""Rows that are kept, and read in the same order by the next layer."""

from amaranth.hdl import *
from benches import play

from convolith.hw.layouts.registers import register_layout
from convolith.hw.output.partial_sums import PartialSums
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=1, cols=2, acc_bits=8, sum_words=3)


def test_by_hand():
    layer = Signal(register_layout(CONFIG))
    start, read, write, sums = Signal(), Signal(), Signal(), Signal(CONFIG.sums_bits)
    dut = PartialSums(CONFIG, layer, start=start, read=read, write=write, sums=sums)
    keep = [(0, 1, 0, 0, 0), (0, 0, 0, 1, 0x11), (0, 0, 0, 0, 0x99), (0, 0, 0, 1, 0x22)]
    add = [(1, 1, 0, 0, 0), (1, 0, 1, 0, 0), (1, 0, 0, 0, 0), (1, 0, 1, 0, 0)]
    idle = [(1, 0, 0, 0, 0)] * MEMORY_LATENCY + [(0, 0, 0, 0, 0)]
    seen = play(dut, (layer.add_sums, start, read, write, sums), [*keep, *add, *idle], (dut.word,))
    words = [word for (word,) in seen]
    assert words[:8] == [0] * 8  # nothing is added by the layer that keeps
    assert words[5 + MEMORY_LATENCY] == 0x11
    assert words[7 + MEMORY_LATENCY] == 0x22
    assert words[-1] == 0  # nor by a layer that does not add
