"""The bias word of each row of sums."""

from amaranth.hdl import *

from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.output.row_counter import RowCounter

__all__ = ["BiasReader"]


class BiasReader(Elaboratable):
    """Reads a word of C biases when a row with an output completes.

    The words lie in the order in which rows leave. Each (g, oc_tile) has one word, unless a
    dataflow has more. Latency: ``later`` cycles to the port's address; ``word`` comes with the
    port's data.

    Parameters
    ----------
    layer : register_layout(config)
    start : Value
        A layer begins.
    row : RowCounter
    port : ReadPort
    later : int
        The row's word is read so many cycles after the row has completed.
    flows : list of DenseDataflow

    Members
    -------
    word : Value
        C numbers; zeros in a layer that adds no bias.
    """

    def __init__(self, layer, *, start: Value, row: RowCounter, port, later: int, flows=()):
        self.layer, self.start, self.row = layer, start, row
        self.port, self.later, self.flows = port, later, flows
        self.word = Mux(layer.add_bias, port.data, 0)

    def elaborate(self, platform):
        m = Module()
        layer, row = self.layer, self.row
        first = Signal.like(layer.bias_base, reset_less=True)  # the pass's first word
        words: int | Value = 1
        for flow in self.flows:
            words = flow.pass_words(words)
        with m.If(self.start):
            m.d.sync += first.eq(layer.bias_base)
        with m.Elif(row.pass_ends & row.pass_last):
            m.d.sync += first.eq(first + words)
        address: Value = first
        for flow in self.flows:
            address = flow.bias_word(address, row.in_tile)
        asked = bundle(address=address, en=row.completion.valid)
        asked = delayed(m, asked, self.later, name="asked")[-1]
        m.d.comb += [self.port.address.eq(asked.address), self.port.en.eq(asked.en)]
        return m
