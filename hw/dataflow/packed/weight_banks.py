"""Weights from two banks: one for even output-channel tiles, one for odd ones."""

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.cells.parts import parts_of
from convolith.hw.fetch.weight_slot import WeightSlot

__all__ = ["RowBank", "bank_reads", "chosen_weights"]

FAN_OUT = 32  # bits that one copy of a row's choice drives


def bank_reads(m: Module, start: Value, consumed: WeightSlot) -> list[tuple[Value, Value]]:
    """For each bank whether a word is read, and whether the word's oc_tile ends in this tile.

    A tile's first row takes its weights from one bank. Rows that have started the next oc_tile take
    theirs from the other. Both banks are read at the same place within their oc_tiles. At the end
    of a tile only the bank whose oc_tile has ended goes on to the oc_tile after it.
    """
    slot = consumed.slot
    odd = Signal(name="odd")  # the first row's bank
    with m.If(start | (consumed.switches & ~slot.both)):
        m.d.sync += odd.eq(~start & ~odd)
    crosses, both = slot.crosses | consumed.together, slot.both | consumed.together
    return [
        (slot.weights & (own | crosses), slot.oc_end & (own | both)) for own in (~odd, odd)
    ]


class RowBank:
    """The bank from which a row takes its weights. It changes only with the row's next word.

    Members
    -------
    next_odd : Signal
        In the next cycle the row takes its weights from the second bank. It comes a cycle ahead for
        the registers in `chosen_weights`.
    """

    def __init__(self, row: int):
        self.odd = Signal(name=f"odd_{row}", reset_less=True)
        self.next_odd = Signal(name=f"next_odd_{row}")

    def take(self, m: Module, capture: Value, odd: Value, second: Value) -> None:
        """Takes over ``odd``, the bank of the word on the bus, together with the word.

        While ``second`` is 1, the row takes the second bank whatever its word says.
        """
        m.d.comb += self.next_odd.eq(Mux(capture, odd, self.odd) | second)
        m.d.sync += self.odd.eq(self.next_odd)


def chosen_weights(
    m: Module, platform, r: int, weights: Value, next_odd: Value, column: int
) -> Value:
    """A row's weights, chosen from those of both banks.

    Every few columns have their own copy of the choice. ``column``: bits of a column's weights.
    """
    even, odd = (
        parts_of(bank, column * max(1, FAN_OUT // column))
        for bank in parts_of(weights, len(weights) // 2)
    )
    selects = copies(m, platform, next_odd, len(even), name=f"odd_{r}")
    return Cat(Mux(*choice) for choice in zip(selects, odd, even, strict=True))
