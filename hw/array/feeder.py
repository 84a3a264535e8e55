"""Activation words to rows: each row holds its word and hands out D lanes per cycle."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.cells.copies import copies
from convolith.hw.dataflow.shared.lanes import ColumnOperands
from convolith.model.options.config import ArrayConfig

__all__ = ["Feeder", "row_layout"]


def row_layout(config: ArrayConfig) -> data.StructLayout:
    """What goes to a row with every word: the lanes, and what the row's pixel is worth.

    ``valid``: the row has a pixel, so its sums count. ``final``: they are the layer's last.
    ``odd``: its weights are in the second bank.
    """
    return data.StructLayout({
        "word": config.act_word_bits,
        "valid": 1,
        "final": 1,
        **({"odd": 1} if config.pack_edges else {}),
    })


class Feeder(Elaboratable):
    """Takes one word per cycle from a bus, row after row, and serves R rows with D lanes each.

    After its V/D beats a row hands out zeros, which leave every sum as it is: the array needs no
    enable. Latency: lanes 0..D-1 of the word on ``bus`` in one cycle are at ``operands`` in the
    next.

        cycle           0     1     2     3        R = 3, V = D
        bus             row0  row1  row2
        load            1
        operands[0]           row0
        operands[1]                 row1

    Parameters
    ----------
    config : ArrayConfig
    bus : row_layout(config)
    load : Value
        ``bus`` is row 0's; row r's follows r cycles later. The next one is V/D or more cycles away.
    shares : Value, optional
        Rows take words that they share: ``load`` is 1 all the time,
    buses : list of Value, optional
        from these, one per lane group; the first is ``bus``.

    Members
    -------
    operands : list of Value
        Per row D activations; with ``shares`` a list of them per column (`ColumnOperands`).
    valid, final : list of Signal
        As they came with each row's word, until its next one.
    next_odd : list of Value
        Likewise, as it will be in the next cycle; only with two banks.
    """

    def __init__(self, config: ArrayConfig, bus, load: Value, *, shares=None, buses=None):
        self.config, self.bus, self.load = config, bus, load
        self.shares, self.buses = shares, buses or [bus.word]
        self.words = [
            Signal(config.act_word_bits, name=f"word_{r}", reset_less=True)
            for r in range(config.rows)
        ]
        self.operands = [word[: config.dot * config.act_bits] for word in self.words]
        if shares is not None:
            self.columns = [ColumnOperands(config, r) for r in range(config.rows)]
            self.operands = [row.operands for row in self.columns]
        self.valid = [Signal(name=f"valid_{r}") for r in range(config.rows)]
        self.final = [Signal(name=f"final_{r}") for r in range(config.rows)]
        self.next_odd = []
        if config.pack_edges:
            self.next_odd = [Signal(name=f"next_odd_{r}") for r in range(config.rows)]

    def elaborate(self, platform):
        m = Module()
        config = self.config
        load = self.load
        width = config.dot * config.act_bits
        if self.shares is not None:
            shares = copies(m, platform, self.shares, config.rows, name="shares")
        for r, word in enumerate(self.words):
            if self.shares is not None:
                row = self.columns[r]
                handed = Mux(load, self.bus.word, word >> width)[:width]
                row.take(m, handed, self.buses[row.group], shares[r])
            m.d.sync += word.eq(word >> width)
            if config.pack_edges:
                odd = Signal(name=f"odd_{r}")
                chosen = Mux(load, self.bus.odd, odd)
                if self.shares is not None and row.group >= config.dot:
                    chosen |= shares[r]
                m.d.comb += self.next_odd[r].eq(chosen)
                m.d.sync += odd.eq(self.next_odd[r])
            with m.If(load):
                m.d.sync += [
                    word.eq(self.bus.word),
                    self.valid[r].eq(self.bus.valid),
                    self.final[r].eq(self.bus.final),
                ]
            if r + 1 < config.rows:
                below = Signal(name=f"load_{r + 1}")
                m.d.sync += below.eq(load)
                load = below
        return m
