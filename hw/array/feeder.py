"""Activation words to rows: each row holds its word and hands out D lanes per cycle."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.cells.copies import copies
from convolith.hw.cells.products import has_cells
from convolith.model.options.config import ArrayConfig

__all__ = ["Feeder", "row_layout"]

PART = 32  # bits of a word that a register selects


def row_layout(config: ArrayConfig, flows=()) -> data.StructLayout:
    """What goes to a row with every word: the lanes, and flags of the row's pixel.

    ``valid``: the row has a pixel, so its sums are an output. ``final``: the row is the layer's
    last one. Other dataflows (``flows``) add fields of their own.
    """
    return data.StructLayout({
        "word": config.act_word_bits,
        "valid": 1,
        "final": 1,
        **{name: 1 for flow in flows for name in flow.row_fields},
    })


class Feeder(Elaboratable):
    """Takes one word per cycle from a bus, row after row, and hands D lanes to each of R rows.

    After its V/D beats a row hands out zeros. They leave every sum as it is, so the array needs no
    enable. Latency: lanes 0..D-1 of a word are at ``operands`` one cycle after the word was on
    ``bus``.

        cycle          -1     0     1     2     3        R = 3, V = D
        capture         1
        bus                   row0  row1  row2
        operands[0]                 row0
        operands[1]                       row1

    Parameters
    ----------
    config : ArrayConfig
    bus : row_layout(config, flows)
    capture : Value
        Row 0 takes the word that is on ``bus`` in the next cycle. Row r takes the word that is
        there r cycles later. Two captures are V/D or more cycles apart, unless a dataflow has rows
        that take a word in every cycle.
    flows : list of DenseDataflow

    Members
    -------
    operands : list of Value
        D activations for each row; or, for each row, a list with D activations per column.
    valid, final : list of Signal
        The flags that came with each row's word. They stay until the row's next word.
    """

    def __init__(self, config: ArrayConfig, bus, capture: Value, flows=()):
        self.config, self.bus, self.capture, self.flows = config, bus, capture, flows
        rows = range(config.rows)
        self.words = [
            Signal(config.act_word_bits, name=f"word_{r}", reset_less=True) for r in rows
        ]
        self.operands: list = [word[: config.dot * config.act_bits] for word in self.words]
        for flow in flows:
            self.operands = flow.operands(self.operands)
        self.valid = [Signal(name=f"valid_{r}", reset_less=True) for r in rows]
        self.final = [Signal(name=f"final_{r}", reset_less=True) for r in rows]

    def elaborate(self, platform):
        m = Module()
        bus, config = self.bus, self.config
        # A single register would have a whole word to drive.
        width = PART if has_cells(platform) else config.act_word_bits
        parts = [slice(bit, bit + width) for bit in range(0, config.act_word_bits, width)]
        rest = [word >> config.dot * config.act_bits for word in self.words]
        captures, above = [], self.capture
        for r, (word, remaining, valid, final) in enumerate(
            zip(self.words, rest, self.valid, self.final, strict=True)
        ):
            *taken, capture = copies(m, platform, above, len(parts) + 1, name=f"capture_{r}")
            m.d.sync += word.eq(remaining)
            for take, part in zip(taken, parts, strict=True):
                with m.If(take):
                    m.d.sync += word[part].eq(bus.word[part])
            with m.If(capture):
                m.d.sync += [valid.eq(bus.valid), final.eq(bus.final)]
            captures.append(taken[0])
            above = capture
        second: dict[int, Value] = {}  # rows that always take their weights from the second bank
        for flow in self.flows:
            second |= flow.feed(m, platform, bus, captures, rest, second)
        return m
