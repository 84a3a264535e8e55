"""The address of the activation word that a row needs in a step."""

from amaranth.hdl import *

from convolith.hw.sequencer.loopnest import LOOPS
from convolith.model.options.config import ArrayConfig

__all__ = ["ActAddress"]


class ActAddress(Elaboratable):
    """Adds a step's offset, the same for all rows, to a row's pixel, and checks the bounds.

    Throughput: one row per cycle. Latency: ``pixel`` to ``address`` two cycles; a loop that wraps
    in one cycle counts for the pixels that arrive two cycles later.

        cycle      0        1          2               3                   4
        wrap       *
        delta               new
        offset                         new
        pixel                          its pixels
        x, y                                           coordinates
        address                                                            with in_bounds

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    load : Value
        Begins a layer.
    wrap : Value, len(LOOPS)
        From the loop nest.
    next_slot : Value, optional
        Each slot has a word of its own: another one of the step follows.
    pixel : pixel_layout(config)

    Members
    -------
    address : Signal, addr_bits
    in_bounds : Signal
        The word lies in the image and the row has a pixel; otherwise the word is padding.
    """

    def __init__(self, config: ArrayConfig, layer, *, load, wrap, pixel, next_slot=None):
        self.config, self.layer = config, layer
        self.load, self.wrap, self.pixel = load, wrap, pixel
        self.next_slot = next_slot
        self.address = Signal(config.addr_bits)
        self.in_bounds = Signal()

    def elaborate(self, platform):
        m = Module()
        layer = self.layer
        coordinate = unsigned(self.config.size_bits)
        offset_x = Signal(coordinate)
        offset_y = Signal(coordinate)
        offset = Signal(self.config.addr_bits)
        next_ky, next_kx, next_ic, next_px = (self.wrap[LOOPS.index(n)] for n in LOOPS[:4])
        # What is added is chosen in one cycle and added in the next: sums wait for a register only.
        again = self.load | next_px
        line = again | next_ic | next_kx  # y starts over
        shares = self.config.shares_words
        delta = Signal.like(offset)
        delta_x, delta_y = Signal.like(offset_x), Signal.like(offset_y)
        zero, zero_x, zero_y = Signal(), Signal(), Signal()
        m.d.sync += [
            zero.eq(again), zero_x.eq(again if shares else again | next_ic), zero_y.eq(line),
            delta.eq(0), delta_x.eq(0), delta_y.eq(0),
        ]
        with m.If(again):
            pass
        with m.Elif(next_ic):
            m.d.sync += [delta.eq(layer.delta_ic), delta_x.eq(layer.back_x if shares else 0)]
        with m.Elif(next_kx):
            m.d.sync += [delta.eq(layer.delta_kx), delta_x.eq(layer.dilation_x)]
        with m.Elif(next_ky):
            m.d.sync += [delta.eq(layer.delta_ky), delta_y.eq(layer.dilation_y)]
        if self.next_slot is not None:
            with m.Elif(self.next_slot):
                m.d.sync += [delta.eq(layer.delta_slot), delta_y.eq(layer.slot_y)]
        # Where something starts over, nothing is added: the register's own reset does it.
        for total, term, clear in (
            (offset, delta, zero), (offset_x, delta_x, zero_x), (offset_y, delta_y, zero_y)
        ):
            m.d.sync += total.eq(total + term)
            with m.If(clear):
                m.d.sync += total.eq(0)

        # Coordinates left of the image wrap around to ones right of it, since the padded image is
        # less than 2**size_bits wide: one comparison per axis.
        x = Signal(coordinate)
        y = Signal(coordinate)
        address = Signal(self.config.addr_bits)
        valid = Signal()
        m.d.sync += [
            x.eq(self.pixel.x + offset_x),
            y.eq(self.pixel.y + offset_y),
            address.eq(self.pixel.base + offset),
            valid.eq(self.pixel.valid),
        ]
        m.d.sync += [
            self.in_bounds.eq((x < layer.size_x) & (y < layer.size_y) & valid),
            self.address.eq(address),
        ]
        return m
