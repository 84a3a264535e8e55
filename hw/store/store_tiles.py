"""Where the results of one tile after the other begin in the activation memory."""

from amaranth.hdl import *

from convolith.hw.sequencer.countdown import nest_loops
from convolith.model.options.config import ArrayConfig

__all__ = ["StoreTiles"]

TILE_LOOPS = ("oy", "ox", "n")
"""Loops over a layer's patches, the innermost first."""


class StoreTiles(Elaboratable):
    """Goes through (pass, n, patch_x, patch_y), or through passes alone in layers without patches.

    One tile ahead: what it says is of the next tile until that begins. Throughput: a tile in three
    cycles. Reset: none.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    load : Value
        A layer begins.
    begin : Value
        The next tile begins; only when ``ready``. Its address and word stay a cycle longer.

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

    def __init__(self, config: ArrayConfig, layer, *, load, begin):
        self.config, self.layer, self.load, self.begin = config, layer, load, begin
        self.ready = Signal()
        self.address = Signal.like(layer.store_base)
        self.word = Signal.like(layer.store_words)
        self.line = Signal.like(layer.last_j)
        self.lines = Signal.like(layer.last_i) if config.shares_words else C(-1, signed(2))

    def elaborate(self, platform):
        m = Module()
        layer = self.layer
        begun, changes = Signal(), Signal()
        m.d.sync += [
            begun.eq(self.begin),
            changes.eq(self.begin | self.load),
            self.ready.eq(~(self.begin | self.load | changes)),
        ]
        pass_end = begun
        if self.config.shares_words:
            pass_end = self.walk(m, begun)
        else:
            m.d.comb += [self.address.eq(layer.store_base), self.line.eq(layer.last_j)]
        with m.If(self.load):
            m.d.sync += self.word.eq(0)
        with m.Elif(pass_end):
            m.d.sync += self.word.eq(self.word + layer.store_pass)
        return m

    def walk(self, m, ended):
        """The patches' addresses, a sum for all loops; when a pass ends."""
        layer = self.layer
        # A layer without patches has one tile per pass.
        counts = {
            name: Mux(layer.depthwise, layer[f"{name}_count"], -1).as_signed()
            for name in TILE_LOOPS
        }
        ends, lasts, pass_end = nest_loops(m, counts, self.load, ended, apart=True)
        at = {name: Signal.like(layer.store_base, name=f"at_{name}") for name in TILE_LOOPS}
        goes_on = [
            Signal(name=f"step_{name}") for name in TILE_LOOPS
        ]
        restart = Signal()
        m.d.sync += [
            *(step.eq(end & ~last) for step, end, last in zip(goes_on, ends, lasts, strict=True)),
            restart.eq(self.load | pass_end),
        ]
        origin, delta = layer.store_base, C(0, len(layer.store_base))
        for name, step in zip(TILE_LOOPS, goes_on, strict=True):
            origin = Mux(step, at[name], origin)
            delta = Mux(step, layer[f"store_{name}"], delta)
        following = origin + delta
        moves = restart
        for name, step in reversed(list(zip(TILE_LOOPS, goes_on, strict=True))):
            moves = moves | step
            with m.If(moves):
                m.d.sync += at[name].eq(following)
        m.d.comb += self.address.eq(at[TILE_LOOPS[0]])
        (last_y, last_x, _) = lasts
        m.d.sync += [
            self.line.eq(Mux(last_y, layer.last_j, layer.patch_j)),
            self.lines.eq(Mux(last_x, layer.last_i, layer.patch_i)),
        ]
        return pass_end
