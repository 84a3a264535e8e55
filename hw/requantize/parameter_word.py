"""The number of the parameter word, or bias word, of each row of sums."""

from amaranth.hdl import *

from convolith.model.options.config import ArrayConfig

__all__ = ["ParameterWord"]


class ParameterWord(Elaboratable):
    """Follows the rows behind the output FIFO: a word per pass, or one per lane group of a pass.

    Latency: none; ``word`` belongs to the row that is at the FIFO's output.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    starts : View of starts_layout()
        What begins with the row at the FIFO's output.
    flows : list of DenseDataflow

    Members
    -------
    take : Signal
        Input: the row leaves.
    word : Signal
        The number of the row's word.
    """

    def __init__(self, config: ArrayConfig, layer, *, start, starts, flows=()):
        self.config, self.layer, self.start, self.flows = config, layer, start, flows
        self.starts = starts
        self.take = Signal()
        self.word = Signal(config.addr_bits)

    def elaborate(self, platform):
        m = Module()
        layer, starts = self.layer, self.starts
        words: int | Value = 1
        for flow in self.flows:
            words = flow.pass_words(words)
        first, next_first, before = (  # the first word of the pass, and of the next one
            Signal.like(self.word, name=name, reset_less=True)
            for name in ("first", "next_first", "before")
        )
        with m.If(self.start):
            m.d.sync += next_first.eq(layer.bias_base)
        with m.Elif(self.take & starts.pass_):
            m.d.sync += [first.eq(next_first), next_first.eq(next_first + words)]
        m.d.comb += self.word.eq(
            Mux(starts.pass_, next_first, Mux(starts.tile, first, before + starts.group))
        )
        with m.If(self.take):
            m.d.sync += before.eq(self.word)
        return m
