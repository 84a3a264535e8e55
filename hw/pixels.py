"""Which output pixel each row works on, and where its window begins in the input."""

from amaranth.hdl import *
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from convolith.hw.countdown import Countdown
from convolith.hw.registers import register_layout
from convolith.model.config import ArrayConfig

__all__ = ["PixelTable", "PixelWalker", "pixel_layout"]


def pixel_layout(config: ArrayConfig) -> data.StructLayout:
    """One output pixel: where its window begins, and whether it exists.

    ``x``, ``y`` are the input coordinates of the window's first tap, before bounds are checked;
    ``base`` is that tap's address; ``valid`` is 0 for the rows of a last tile that are left over;
    ``final`` marks the layer's last row of sums.
    """
    return data.StructLayout({
        "x": signed(config.size_bits + 1),
        "y": signed(config.size_bits + 1),
        "base": config.addr_bits,
        "valid": 1,
        "final": 1,
    })  # fmt: skip


class PixelWalker(wiring.Component):
    """Walks over the output pixels (n, ox, oy), one per ``advance``, and starts over on ``restart``.

    After the last pixel come invalid ones until the restart. Throughput: a pixel per cycle. Reset:
    none needed, a layer loads it.

    Parameters
    ----------
    config : ArrayConfig

    Members
    -------
    layer : register_layout(config), in
    load : in
        Begins a layer.
    advance : in
        Goes on to the next pixel.
    restart : in
        With ``advance``: the next pixel is the first one again,
    next_group : in
        and in the next group's channels.
    last_sums : in
        This walk is the layer's last, so its last pixel is ``final``.
    pixel : pixel_layout(config), out
    wrap : out(3)
        From the inside out, oy, ox, n: the loop ends a round in this cycle.
    """

    def __init__(self, config: ArrayConfig):
        self.config = config
        super().__init__({
            "layer": In(register_layout(config)),
            "load": In(1),
            "advance": In(1),
            "restart": In(1),
            "next_group": In(1),
            "last_sums": In(1),
            "pixel": Out(pixel_layout(config)),
            "wrap": Out(3),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        layer = self.layer
        x, y = Signal.like(layer.first_x), Signal.like(layer.first_y)
        base, start = Signal.like(layer.act_base), Signal.like(layer.act_base)
        done = Signal()  # past the last pixel
        again = self.advance & self.restart

        ends, last = self.advance, []
        for level, name in enumerate(("oy", "ox", "n")):
            m.submodules[name] = loop = Countdown(len(layer[f"{name}_count"]))
            m.d.comb += [
                loop.count.eq(layer[f"{name}_count"]),
                loop.load.eq(self.load | again),
                loop.advance.eq(ends),
                self.wrap[level].eq(ends),
            ]
            last.append(loop.last)
            ends = ends & loop.last
        all_end = ends

        m.d.comb += [
            self.pixel.x.eq(x),
            self.pixel.y.eq(y),
            self.pixel.base.eq(base),
            self.pixel.valid.eq(~done),
            self.pixel.final.eq(last[0] & last[1] & last[2] & self.last_sums & ~done),
        ]

        next_start = Mux(self.next_group, start + layer.delta_g, start)[: len(start)]
        with m.If(self.load):
            m.d.sync += [x.eq(layer.first_x), y.eq(layer.first_y), done.eq(0)]
            m.d.sync += [base.eq(layer.act_base), start.eq(layer.act_base)]
        with m.Elif(again):
            m.d.sync += [x.eq(layer.first_x), y.eq(layer.first_y), done.eq(0)]
            m.d.sync += [base.eq(next_start), start.eq(next_start)]
        with m.Elif(self.advance):
            with m.If(last[0] & last[1]):
                m.d.sync += [x.eq(layer.first_x), y.eq(layer.first_y)]
                m.d.sync += base.eq(base + layer.delta_n)
            with m.Elif(last[0]):
                m.d.sync += [x.eq(x + layer.stride_x), y.eq(layer.first_y)]
                m.d.sync += base.eq(base + layer.delta_ox)
            with m.Else():
                m.d.sync += y.eq(y + layer.stride_y)
                m.d.sync += base.eq(base + layer.delta_oy)
            with m.If(all_end):
                m.d.sync += done.eq(1)
        return m


class PixelTable(wiring.Component):
    """The R pixels of the tile that runs: written in its first step, read in those after.

    Throughput: one row per cycle. Latency: ``o`` is the pixel of the row that was in ``row`` one
    cycle before.

    Members
    -------
    row : in
        The row whose pixel is wanted; anything from R up gives nothing of use.
    first_step : in
        Take the pixel from ``i`` and remember it.
    i, o : pixel_layout(config)
    """

    def __init__(self, config: ArrayConfig):
        self.config = config
        super().__init__({
            "row": In(range(max(2, config.slots))),
            "first_step": In(1),
            "i": In(pixel_layout(config)),
            "o": Out(pixel_layout(config)),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        rows = self.config.rows
        m.submodules.memory = memory = Memory(
            shape=pixel_layout(self.config), depth=max(2, rows), init=[]
        )
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [
            write.addr.eq(self.row),
            write.data.eq(self.i),
            write.en.eq(self.first_step & (self.row < rows)),
            read.addr.eq(self.row),
        ]
        m.d.sync += self.o.eq(Mux(self.first_step, self.i.as_value(), read.data.as_value()))
        return m
