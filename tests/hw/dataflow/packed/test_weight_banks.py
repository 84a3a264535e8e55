"""Which bank a row's weights come from, by hand."""

from amaranth.hdl import *
from amaranth.lib.data import StructLayout
from benches import play

from convolith.hw.dataflow.packed.weight_banks import RowBank, bank_reads, chosen_weights
from convolith.hw.fetch.weight_slot import WeightSlot


def test_a_row_keeps_its_bank_until_the_next_word():
    m, bank = Module(), RowBank(0)
    capture, odd, second = inputs = [Signal(name=name) for name in ("capture", "odd", "second")]
    bank.take(m, capture, odd, second)
    rows = [(1, 1, 0), (0, 0, 0), (0, 1, 0), (1, 0, 0), (0, 1, 0), (0, 1, 1), (1, 0, 0)]
    seen = play(m, inputs, rows, (bank.next_odd,))
    assert [odd for (odd,) in seen] == [1, 1, 1, 0, 0, 1, 0]


def test_the_choice_is_there_a_cycle_later():
    """Two columns of 4 bits: 0xBA in the first bank, 0xDC in the second."""
    m, weights, next_odd, o = Module(), Signal(16), Signal(), Signal(8)
    m.d.comb += o.eq(chosen_weights(m, None, 0, weights, next_odd, 4))
    seen = play(m, (weights, next_odd), [(0xDCBA, odd) for odd in (0, 1, 1, 0, 0)], (o,))
    assert [value for (value,) in seen] == [0xBA, 0xBA, 0xDC, 0xDC, 0xBA]


def test_which_banks_are_read():
    """The first row's bank, and the other one too in a tile whose rows are of two passes."""
    m, start, switches = Module(), Signal(), Signal()
    slot = Signal(StructLayout(dict.fromkeys(("weights", "oc_end", "crosses", "both"), 1)))
    consumed = WeightSlot(slot=slot, together=C(0), switches=switches)
    banks = bank_reads(m, start, consumed)
    # start, switches; weights, oc_end, crosses, both
    rows = [
        (1, 0, 0, 0, 0, 0),
        (0, 0, 1, 0, 0, 0), (0, 0, 1, 1, 0, 0),  # a tile of one pass: the first bank
        (0, 1, 1, 1, 1, 0),  # the pass ends in the tile: the next tile begins in the other bank
        (0, 0, 0, 0, 0, 0), (0, 0, 1, 0, 0, 0),
        (0, 1, 1, 1, 1, 1),  # both passes end in it: the next tile begins in the same bank
        (0, 0, 1, 0, 0, 0),
        (1, 0, 0, 0, 0, 0), (0, 0, 1, 0, 0, 0),  # a layer begins in the first bank
    ]
    inputs = (start, switches, slot.weights, slot.oc_end, slot.crosses, slot.both)
    seen = play(m, inputs, rows, [value for bank in banks for value in bank])
    # Of the first bank and of the second: a word is read; its oc_tile ends.
    assert seen == [
        (0, 0, 0, 0), (1, 0, 0, 0), (1, 1, 0, 0),
        (1, 1, 1, 0),
        (0, 0, 0, 0), (0, 0, 1, 0),
        (1, 1, 1, 1),
        (0, 0, 1, 0),
        (0, 0, 0, 0), (1, 0, 0, 0),
    ]
