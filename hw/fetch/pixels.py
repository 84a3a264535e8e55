"""Which output pixel each row works on, and where its window begins in the input."""

from amaranth.hdl import *
from amaranth.lib import data
from amaranth.lib.memory import Memory

from convolith.hw.sequencer.countdown import nest_loops
from convolith.model.options.config import ArrayConfig

__all__ = ["PixelTable", "PixelWalker", "pixel_layout"]


def pixel_layout(config: ArrayConfig) -> data.StructLayout:
    """One output pixel: where its window begins, and whether it exists.

    ``x``, ``y`` are the input coordinates of the window's first tap, before bounds are checked;
    ``base`` is that tap's address; ``valid`` is 0 for the rows of a last tile that are left over;
    ``final`` marks the layer's last row of sums; ``odd``: its weights are in the second bank. In a
    layer that shares words a pixel stands for a patch: ``end_x``, ``end_y``: it is the last one
    along x or y.
    """
    return data.StructLayout({
        "x": signed(config.size_bits + 1),
        "y": signed(config.size_bits + 1),
        "base": config.addr_bits,
        "valid": 1,
        "final": 1,
        **({"odd": 1} if config.pack_edges else {}),
        **({"end_x": 1, "end_y": 1} if config.shares_words else {}),
    })


class PixelWalker(Elaboratable):
    """Walks over the output pixels (n, ox, oy), one per ``advance``; ``restart`` starts over.

    After the last pixel come invalid ones until the restart; or, if tiles run on, the first one of
    the next pass through all pixels. If rows are in pairs, each pixel comes twice, the second time
    with the address of another channel. Throughput: a pixel per cycle.
    Latency: one cycle; the pixel that an ``advance`` leaves is in ``pixel`` in the next cycle.
    Reset: none needed, a layer loads it.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    load : Value
        Begins a layer.
    advance : Value
        Goes on to the next pixel.
    restart : Value
        Goes on to the first pixel again (together with ``advance``),
    next_group : Value
        and in the next group's channels.
    last_sums : Value
        This walk is the layer's last, so its last pixel is ``final``.
    walked : Value, optional
        Where tiles run on: the pixel is the tile's last. A third pass waits for the next tile.

    Members
    -------
    pixel : pixel_layout(config)
        Of an invalid one, only ``valid`` and ``final`` mean something: both are 0.
    wrap : Value, 3
        From the inside out, oy, ox, n: a round ends in this cycle.
    pass_end, group_end : Signal
        Where tiles run on: a pass ends in this cycle, and a group.
    """

    def __init__(
        self, config: ArrayConfig, layer, *, load, advance, restart, next_group, last_sums,
        walked=None,
    ):
        self.config, self.layer = config, layer
        self.load, self.advance, self.restart = load, advance, restart
        self.next_group, self.last_sums, self.walked = next_group, last_sums, walked
        self.pixel = Signal(pixel_layout(config))
        self.wrap = Signal(3)
        self.pass_end, self.group_end = Signal(name="pass_end"), Signal(name="group_end")

    def elaborate(self, platform):
        m = Module()
        layer, waits, odd = self.layer, Signal(), Signal()
        advance = self.advance
        if self.config.pack_edges:
            advance = advance & ~waits
        moves = advance  # the address does
        if self.config.can_pair:
            twice = layer.pairs & ~odd  # the pixel comes once more
            advance = advance & ~twice
        counts = {name: layer[f"{name}_count"] for name in ("oy", "ox", "n")}
        ends, (last_oy, last_ox, last_n), walk_end = nest_loops(
            m, counts, self.load | self.restart, advance
        )
        m.d.comb += self.wrap.eq(Cat(ends))
        done = Signal()  # past the last pixel
        again = self.load | self.restart
        ends_group, ends_pixels = self.restart & self.next_group, again
        last_sums, runs_out = self.last_sums, ~again
        if self.config.pack_edges:
            last_pass = self.run_on(m, walk_end, waits, odd, moves)
            last_sums = Mux(layer.runs_on, last_pass, last_sums)
            runs_out &= ~layer.runs_on | last_pass
            ends_group |= self.group_end
            ends_pixels |= layer.runs_on & last_oy & last_ox & last_n
        with m.If(again | (advance & walk_end)):
            m.d.sync += done.eq(runs_out)

        # The counters say what is to be added; sums wait for a register only, not for a counter.
        line_end = last_oy & last_ox
        go = Signal(3)  # x, y, base
        renew = Signal(3)  # likewise: not a sum, but a new start
        delta = Signal.like(layer.delta_n)
        there = ~(done | waits) if self.config.pack_edges else ~done
        final = line_end & last_n & last_sums & there
        farther = Mux(line_end, layer.delta_n, Mux(last_oy, layer.delta_ox, layer.delta_oy))
        if self.config.can_pair:
            final &= ~twice
            farther = Mux(twice, layer.delta_pair, farther)
        load, next_group = Signal(), Signal()
        m.d.sync += [
            go.eq(Cat(again | (advance & last_oy), again | advance, again | moves)),
            renew.eq(Cat(again | line_end, again | last_oy, ends_pixels)),
            delta.eq(farther),
            load.eq(self.load),
            next_group.eq(self.load | ends_group),
            self.pixel.valid.eq(there),
            self.pixel.final.eq(final),
        ]

        if self.config.shares_words:
            m.d.sync += [self.pixel.end_x.eq(last_ox), self.pixel.end_y.eq(last_oy)]
        start = Signal.like(layer.act_base)  # of the group's first pixel,
        following = Signal.like(layer.act_base)  # and of the next one's
        before = Mux(load, layer.act_base, following)
        with m.If(next_group):
            m.d.sync += [start.eq(before), following.eq(before + layer.delta_g)]
        pixel = self.pixel
        with m.If(go[0]):
            m.d.sync += pixel.x.eq(Mux(renew[0], layer.first_x, pixel.x + layer.stride_x))
        with m.If(go[1]):
            m.d.sync += pixel.y.eq(Mux(renew[1], layer.first_y, pixel.y + layer.stride_y))
        with m.If(go[2]):
            origin = Mux(next_group, before, start)
            m.d.sync += pixel.base.eq(Mux(renew[2], origin, pixel.base + delta))
        return m

    def run_on(self, m, walk_end, waits, odd, moves):
        """Counts the passes; whether this one is the last.

        ``waits``: the tile has had two of them. ``odd``: which bank has the pixel's weights.
        """
        layer = self.layer
        counts = {"pass_oc": layer.oc_count, "pass_g": layer.g_count}
        _, (last_oc, last_g), _ = nest_loops(m, counts, self.load, walk_end & layer.runs_on)
        m.d.comb += [
            self.pass_end.eq(walk_end & layer.runs_on),
            self.group_end.eq(walk_end & layer.runs_on & last_oc),
        ]
        second = Signal()
        with m.If(self.load | self.walked):
            m.d.sync += [second.eq(0), waits.eq(0)]
        with m.Elif(self.pass_end):
            m.d.sync += [second.eq(1), waits.eq(second)]
        changes = self.pass_end | self.restart
        if self.config.can_pair:
            changes = Mux(layer.pairs, moves, changes)
        if self.config.shares_words:  # where rows share words, they change at different times
            changes &= ~layer.depthwise
        with m.If(self.load | changes):
            m.d.sync += odd.eq(~self.load & ~odd)
        m.d.sync += self.pixel.odd.eq(odd)
        return last_oc & last_g


class PixelTable(Elaboratable):
    """The R pixels of the tile that runs: written in its first step, read in those after.

    Throughput: one row per cycle. Latency: ``row_pixel`` is the pixel of the row that was in
    ``row`` one cycle before.

    Parameters
    ----------
    config : ArrayConfig
    row : Value
        The row whose pixel is wanted; anything from R up gives nothing of use.
    first_step : Value
        Take the pixel from ``pixel`` and remember it.
    pixel : pixel_layout(config)

    Members
    -------
    row_pixel : pixel_layout(config)
    """

    def __init__(self, config: ArrayConfig, *, row, first_step, pixel):
        self.config = config
        self.row, self.first_step, self.pixel = row, first_step, pixel
        self.row_pixel = Signal(pixel_layout(config))

    def elaborate(self, platform):
        m = Module()
        rows, pixel = self.config.rows, self.pixel.as_value()
        m.submodules.memory = memory = Memory(shape=len(pixel), depth=max(2, rows), init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [
            write.addr.eq(self.row),
            write.data.eq(pixel),
            write.en.eq(self.first_step & (self.row < rows)),
            read.addr.eq(self.row),
        ]
        m.d.sync += self.row_pixel.eq(Mux(self.first_step, pixel, read.data))
        return m
