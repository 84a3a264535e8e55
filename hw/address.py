"""Addresses: of the activation word that a row needs in a step, and of the next weight word."""

from amaranth.hdl import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from convolith.hw.loopnest import LOOPS
from convolith.hw.pixels import pixel_layout
from convolith.hw.registers import register_layout
from convolith.model.config import ArrayConfig

__all__ = ["ActAddress", "WeightAddress"]


class ActAddress(wiring.Component):
    """Adds a step's offset, the same for all rows, to a row's pixel, and checks the bounds.

    Throughput: one row per cycle. Latency: ``pixel`` to ``address`` two cycles; a loop that wraps in
    one cycle counts for the pixels that arrive two cycles later.

        cycle      0         1               2               3
        wrap    ──► offset ──► (aligned)
        pixel                  i ──► x, y, address ──► in_bounds, address

    Members
    -------
    layer : register_layout(config), in
    load : in
        Begins a layer.
    wrap : in(len(LOOPS))
        From the loop nest.
    pixel : pixel_layout(config), in
    address : out(addr_bits)
    in_bounds : out
        The word lies in the image and the row has a pixel; otherwise the word is padding.
    """

    def __init__(self, config: ArrayConfig):
        self.config = config
        super().__init__({
            "layer": In(register_layout(config)),
            "load": In(1),
            "wrap": In(len(LOOPS)),
            "pixel": In(pixel_layout(config)),
            "address": Out(config.addr_bits),
            "in_bounds": Out(1),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        layer = self.layer
        coordinate = unsigned(self.config.size_bits + 1)
        offset_x, offset_y = Signal(coordinate), Signal(coordinate)
        offset = Signal(self.config.addr_bits)
        next_ky, next_kx, next_ic, next_px = (self.wrap[LOOPS.index(n)] for n in LOOPS[:4])
        with m.If(self.load | next_px):
            m.d.sync += [offset_x.eq(0), offset_y.eq(0), offset.eq(0)]
        with m.Elif(next_ic):
            m.d.sync += [offset_x.eq(0), offset_y.eq(0), offset.eq(offset + layer.delta_ic)]
        with m.Elif(next_kx):
            m.d.sync += [offset_x.eq(offset_x + layer.dilation_x), offset_y.eq(0)]
            m.d.sync += offset.eq(offset + layer.delta_kx)
        with m.Elif(next_ky):
            m.d.sync += offset_y.eq(offset_y + layer.dilation_y)
            m.d.sync += offset.eq(offset + layer.delta_ky)

        # The pixel comes through one register more than the step; so do its offsets.
        step_x, step_y, step = (Signal.like(s) for s in (offset_x, offset_y, offset))
        m.d.sync += [step_x.eq(offset_x), step_y.eq(offset_y), step.eq(offset)]

        # Coordinates left of the image wrap around to large ones: one comparison per axis.
        x, y = Signal(coordinate), Signal(coordinate)
        address, valid = Signal(self.config.addr_bits), Signal()
        m.d.sync += [
            x.eq(self.pixel.x + step_x),
            y.eq(self.pixel.y + step_y),
            address.eq(self.pixel.base + step),
            valid.eq(self.pixel.valid),
        ]
        m.d.sync += [
            self.in_bounds.eq((x < layer.size_x) & (y < layer.size_y) & valid),
            self.address.eq(address),
        ]
        return m


class WeightAddress(wiring.Component):
    """Counts through the weights of an oc_tile, once for each of its pixel tiles.

    ``address`` is that of the word consumed in this cycle, while ``active``; the next one is there
    in the next cycle.

    Members
    -------
    base : in
        The layer's first word,
    load : in
        taken over when a layer begins.
    active : in
        A word is consumed.
    tile_end : in
        It is its tile's last word: start over,
    last_px : in
        or, in an oc_tile's last pixel tile, go on.
    address : out(addr_bits)
    """

    def __init__(self, config: ArrayConfig):
        super().__init__({
            "base": In(config.addr_bits),
            "load": In(1),
            "active": In(1),
            "tile_end": In(1),
            "last_px": In(1),
            "address": Out(config.addr_bits),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        first = Signal.like(self.address)
        following = Signal.like(self.address)
        m.d.comb += following.eq(self.address + 1)
        with m.If(self.load):
            m.d.sync += [self.address.eq(self.base), first.eq(self.base)]
        with m.Elif(self.active):
            with m.If(self.tile_end & ~self.last_px):
                m.d.sync += self.address.eq(first)
            with m.Else():
                m.d.sync += self.address.eq(following)
            with m.If(self.tile_end & self.last_px):
                m.d.sync += first.eq(following)
        return m
