"""Which bank a row's weights come from, by hand."""

from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.packed.weight_banks import RowBank, chosen_weights


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
