"""Where the results of one tile after the other begin in the activation memory."""

from amaranth.hdl import *

from convolith.hw.store.store_tile import StoreTile
from convolith.model.options.config import ArrayConfig

__all__ = ["StoreTiles"]

class StoreTiles(Elaboratable):
    """Goes through the passes of a layer, and through what tiles a dataflow has in a pass.

    One tile ahead: what it says is of the next tile until that begins. Throughput: a tile in three
    cycles. Reset: none.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    begin : Value
        The next tile begins; only when ``ready``. Its address and word stay a cycle longer.
    flows : list of DenseDataflow

    Members
    -------
    ready : Signal
        The next tile is known.
    address : Signal
        Of its first output's pixel, in words of L.
    word : Signal
        The pass's first word within each pixel.
    line, lines : Signal
        Its outputs along y, and along x, - 2.
    """

    def __init__(self, config: ArrayConfig, layer, *, start, begin, flows=()):
        self.config, self.layer, self.start, self.begin = config, layer, start, begin
        self.flows = flows
        self.ready = Signal()
        self.address = Signal.like(layer.store_base)
        self.word = Signal.like(layer.store_words)
        self.line = Signal.like(layer.last_j)
        self.lines = Signal(signed(max(2, config.slot_bits)))

    def elaborate(self, platform):
        m = Module()
        layer = self.layer
        begun, changes = Signal(), Signal()
        m.d.sync += [
            begun.eq(self.begin),
            changes.eq(self.begin | self.start),
            self.ready.eq(~(self.begin | self.start | changes)),
        ]
        # A pass has one tile: its results follow each other.
        tile = StoreTile(
            address=layer.store_base, line=layer.last_j, lines=C(-1, signed(2)), pass_end=begun
        )
        for flow in self.flows:
            tile = flow.store_tile(m, self.start, tile)
        m.d.comb += [
            self.address.eq(tile.address), self.line.eq(tile.line), self.lines.eq(tile.lines)
        ]
        with m.If(self.start):
            m.d.sync += self.word.eq(0)
        with m.Elif(tile.pass_end):
            m.d.sync += self.word.eq(self.word + layer.store_pass)
        return m
