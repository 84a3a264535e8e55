"""The walker's passes, where a pass may begin within a tile."""

from amaranth.hdl import *

from convolith.hw.sequencer.countdown import nest_loops

__all__ = ["Passes"]


class Passes(Elaboratable):
    """Counts passes, and says which bank of the weight memory has a pixel's weights.

    A tile has rows of two passes at most. After two passes the walker waits for the next tile.
    Reset: none needed; the start of a layer sets all registers.

    Parameters
    ----------
    layer : register_layout(config)

    Members
    -------
    start, end, tile_end, switches : Signal
        Inputs. A layer begins; a pass of a layer with packed tiles ends; the pixel is its tile's
        last; the next pixel's weights are in the other bank for a reason other than a new pass.
    waits : Signal
        The tile's two passes have ended, so the walker waits.
    last : Signal
        The pass is the layer's last.
    group_end : Signal
        The pass that ends is its group's last.
    odd : Signal
        The pixel's weights are in the second bank.
    """

    def __init__(self, layer):
        self.layer = layer
        self.start, self.end, self.tile_end, self.switches = (
            Signal(name=name) for name in ("start", "end", "tile_end", "switches")
        )
        self.waits, self.last, self.group_end, self.odd = (
            Signal(name=name) for name in ("waits", "last", "group_end", "odd")
        )

    def elaborate(self, platform):
        m = Module()
        counts = {"oc": self.layer.oc_count, "g": self.layer.g_count}
        _, (last_oc, last_g), _ = nest_loops(m, counts, self.start, self.end)
        m.d.comb += [self.last.eq(last_oc & last_g), self.group_end.eq(self.end & last_oc)]
        second = Signal()  # the tile has begun its second pass
        with m.If(self.start | self.tile_end):
            m.d.sync += [second.eq(0), self.waits.eq(0)]
        with m.Elif(self.end):
            m.d.sync += [second.eq(1), self.waits.eq(second)]
        with m.If(self.start | self.end | self.switches):
            m.d.sync += self.odd.eq(~self.start & ~self.odd)
        return m
