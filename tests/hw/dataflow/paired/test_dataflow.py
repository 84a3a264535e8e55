"""Two rows that share an output, by hand: when it begins, when it is complete, what it is."""

from types import SimpleNamespace

from amaranth.hdl import *
from benches import completed, play

from convolith.hw.dataflow.paired.dataflow import PairedDataflow
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=2, cols=2, pack_edges=True, acc_bits=8)


def paired():
    layer = Signal(register_layout(CONFIG))
    return layer, PairedDataflow(CONFIG, layer)


def test_an_output_begins_with_one_row_and_ends_with_the_next():
    m, (layer, flow) = Module(), paired()
    done, valid = Signal(), Signal()
    row = flow.completion(m, completed(done, valid))
    # Rows that follow each other, one after a pause, and two without an output.
    pair = [(1, 1, 1), (1, 1, 1), (1, 1, 1), (1, 0, 0), (1, 1, 1), (1, 1, 0), (1, 1, 0)]
    inputs, outputs = (layer.row_pairs, done, valid), (row.begins, row.ends, row.second)
    assert play(m, inputs, pair, outputs) == [
        (1, 0, 0), (0, 1, 1), (1, 0, 0), (0, 0, 1), (0, 1, 1), (0, 0, 0), (0, 0, 1)
    ]


def test_each_row_has_its_own_output_in_another_layer():
    m, (layer, flow) = Module(), paired()
    done, valid = Signal(), Signal()
    row = flow.completion(m, completed(done, valid))
    inputs, outputs = (layer.row_pairs, done, valid), (row.begins, row.ends, row.second)
    rows = [(0, 1, 1), (0, 1, 1), (0, 1, 0), (0, 1, 1)]
    assert play(m, inputs, rows, outputs) == [(1, 1, 0), (1, 1, 0), (0, 0, 0), (1, 1, 0)]


def test_the_walker_gives_each_pixel_twice():
    """In the pair's first row it stays, in the second it goes on."""
    m, (layer, flow) = Module(), paired()
    advance, goes_on, odd = Signal(), Signal(), Signal()
    rows = [(pairs, odd, advance) for pairs in (0, 1) for odd in (0, 1) for advance in (0, 1)]
    flow.passes = SimpleNamespace(odd=odd)
    m.d.sync += Signal().eq(0)  # for a clock
    m.d.comb += goes_on.eq(flow.repeat(advance))
    seen = play(m, (layer.row_pairs, odd, advance), rows, (goes_on,))
    assert [value for (value,) in seen] == [0, 1, 0, 1, 0, 0, 0, 1]


def test_the_second_rows_totals():
    """The totals of the first row are added to the second row's sums, instead of the bias."""
    m, (_, flow) = Module(), paired()
    second = Signal()
    sums, added, before = ([Signal(signed(8)) for _ in range(2)] for _ in range(3))
    totals = [Signal(signed(8)) for _ in range(2)]
    found = flow.totals(m, None, sums, sums, added, before, second)
    m.d.comb += [to.eq(total) for to, total in zip(totals, found, strict=True)]
    inputs = (*sums, *added, *before, second)
    # `second` comes a cycle before its row.
    rows = [(1, 2, 10, 20, 50, 60, 1), (3, 4, 10, 20, 50, 60, 0), (5, 6, 10, 20, 50, 60, 0)]
    assert play(m, inputs, rows, totals) == [(11, 22), (53, 64), (15, 26)]
