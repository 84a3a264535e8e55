"""The place of each tile's results in the activation memory, one tile after the other."""

from amaranth.hdl import *

from convolith.hw.store.store_tile import StoreTile
from convolith.model.options.config import ArrayConfig

__all__ = ["StoreTiles"]

class StoreTiles(Elaboratable):
    """Goes through the passes of a layer, and through the tiles of a pass.

    It is one tile ahead: the members describe the next tile, until that begins. Only a dataflow
    with places of its own for each tile has more than one tile in a pass. Throughput: a tile in
    three cycles. Reset: none.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    begin : Value
        The next tile begins; only when ``ready``. Its address and word stay for one more cycle.
    flows : list of DenseDataflow

    Members
    -------
    ready : Signal
        The next tile is known.
    address : Signal
        The pixel of the tile's first output, in words of L.
    word : Signal
        The pass's first word within each pixel.
    line, lines : Signal
        The tile's outputs along y, and along x, minus two.
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
        # In the dense dataflow a pass counts as one tile, as its results follow each other.
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
