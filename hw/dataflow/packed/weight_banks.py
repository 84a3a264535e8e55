"""Weights from two banks: of even and odd output-channel tiles."""

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.cells.parts import parts_of
from convolith.hw.fetch.weight_slot import WeightSlot

__all__ = ["RowBank", "bank_reads", "chosen_weights"]

FAN_OUT = 32  # bits that one copy of a row's choice selects


def bank_reads(m: Module, start: Value, consumed: WeightSlot) -> list[tuple[Value, Value]]:
    """Per bank whether a word is read, and whether the word's oc_tile ends in this tile.

    Idle rows of a tile take words of the next oc_tile, which is in the other bank than the first
    row's. Both are as far in their oc_tiles, and only those of an oc_tile that ends go on.
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
    """Which bank a row takes its weights from, until its next word.

    Members
    -------
    next_odd : Signal
        The second one; known a cycle ahead.
    """

    def __init__(self, row: int):
        self.odd = Signal(name=f"odd_{row}")
        self.next_odd = Signal(name=f"next_odd_{row}")

    def take(self, m: Module, capture: Value, odd: Value, second: Value) -> None:
        """With a word comes its bank; with ``second`` the row always takes the second one."""
        m.d.comb += self.next_odd.eq(Mux(capture, odd, self.odd) | second)
        m.d.sync += self.odd.eq(self.next_odd)


def chosen_weights(
    m: Module, platform, r: int, weights: Value, next_odd: Value, column: int
) -> Value:
    """A row's weights, from those of both banks; a copy of the choice for every few columns.

    ``column``: bits of a column's weights.
    """
    even, odd = (
        parts_of(bank, column * max(1, FAN_OUT // column))
        for bank in parts_of(weights, len(weights) // 2)
    )
    selects = copies(m, platform, next_odd, len(even), name=f"odd_{r}")
    return Cat(Mux(*choice) for choice in zip(selects, odd, even, strict=True))
