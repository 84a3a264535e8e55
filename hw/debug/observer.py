"""The loop variables as signals of their own, for waveforms."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.cells.delay import delayed
from convolith.hw.debug.shared_loops import shared_loops
from convolith.model.dataflow.cycles import OPERANDS, array_latency
from convolith.model.options.config import ArrayConfig

__all__ = ["Observer", "loop_variables"]


def loop_variables(config: ArrayConfig) -> dict[str, int]:
    """Name and width of each signal, outermost loop first."""
    size = config.size_bits
    return {
        "tile": config.tile_bits,
        "n": size,
        "oc": size,
        "ox": size,
        "oy": size,
        "ic": size + config.lanes.bit_length(),
        "kx": size,
        "ky": size,
    }


CYCLE_BITS = 48


class Observer(Elaboratable):
    """Shows n, oc, ox, oy, ic, kx, ky and the tile of what PE (0, 0) has just added to its sum.

    ``ic`` is the first of its D channels, within the group, as PyTorch's weight counts them; ``oc``
    counts over all groups. A 1D layer's only axis is shown as ox and kx, as the tutorial calls it.
    Row r does the same r cycles later, for the r-th pixel after; column c at once, for oc + c.
    (Where two rows share an output, row 1 has the same pixel and other channels.) Of a layer that
    shares words row 0 has a patch's first output, and column 0 the first of its lanes. Where the
    planner has folded a kernel or merged groups, the loops are those of what it made.
    Drives nothing: synthesis leaves it out.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start, active, first, weights, loops : Value
        From the loop nest: a layer begins; a slot runs; it is its tile's first; it consumes
        weights; rounds that end.
    pixels, restart : Value
        From the pixel walker: rounds that end; the walk starts over.
    end : Value
        A layer's last row leaves, or is kept.
    passes : Value, 2
        Likewise, where tiles run on: a pass ends, and a group.
    shorter : int
        Cycles less than usual from a slot to its sums.

    Members
    -------
    mac : Signal
        PE (0, 0) has added products; the loop variables say which.
    tile, n, oc, ox, oy, ic, kx, ky : Signal
    cycle : Signal
        As reports count them: 1 follows the edge that accepts the first layer; 0 before. It stands
        still from a layer's last row to the start of the next.
    """

    def __init__(
        self, config: ArrayConfig, layer, *, start, active, first, weights, loops, pixels, restart,
        end, shorter=0, passes=None,
    ):
        self.config, self.layer = config, layer
        self.start, self.active, self.first, self.weights = start, active, first, weights
        self.loops, self.pixels, self.restart = loops, pixels, restart
        self.end, self.shorter, self.passes = end, shorter, passes
        self.mac = Signal()
        self.cycle = Signal(CYCLE_BITS)
        for name, width in loop_variables(config).items():
            setattr(self, name, Signal(width, name=name))

    def elaborate(self, platform):
        m = Module()
        config, widths = self.config, loop_variables(self.config)

        def counter(name, width, advance, zero, by=1):
            count = Signal(width, name=name)
            with m.If(self.start | zero):
                m.d.sync += count.eq(0)
            with m.Elif(advance):
                m.d.sync += count.eq(count + by)
            return count

        ky, kx, ic, px, oc, g = self.loops
        slot_lanes = config.slots * config.dot  # beyond `lanes` where a step has idle slots
        oy, ox, n = self.pixels
        lane = counter("lane", slot_lanes.bit_length(), self.active, ky, config.dot)
        block = counter("block", widths["ic"], ic, px, config.lanes)
        channel = counter("channel", widths["oc"], oc, g, config.cols)
        group = counter("group", widths["oc"], g, 0, self.layer.group_oc)
        pass_end, group_end = self.passes
        restart = self.restart | pass_end
        walk = {
            "n": counter("walk_n", widths["n"], n, restart),
            "ox": counter("walk_ox", widths["ox"], ox, n | restart),
            "oy": counter("walk_oy", widths["oy"], oy, ox | restart),
        }
        if config.pack_edges:  # row 0's, which the nest does not know
            channel += counter("walk_channel", widths["oc"], pass_end, group_end, config.cols)
            group += counter("walk_group", widths["oc"], group_end, 0, self.layer.group_oc)
        walk["oc"] = (group + channel)[: widths["oc"]]
        now = Signal(data.StructLayout({"mac": 1, "one": 1, **widths}))
        m.d.comb += [
            now.mac.eq(self.active & (lane < config.lanes)),
            now.one.eq(self.layer.one_dimensional),
            now.tile.eq(counter("count_tile", widths["tile"], px, 0)),
            now.ic.eq(block + lane),
            now.kx.eq(counter("count_kx", widths["kx"], kx, ic)),
            now.ky.eq(counter("count_ky", widths["ky"], ky, kx)),
        ]
        if config.shares_words:
            counts = {
                "block": counter("count_g", widths["oc"], g, 0),
                "passes": counter("count_oc", widths["oc"], oc, g),
                "phase_x": counter("count_ic", widths["kx"], ic, px),
                "line": now.kx,
                "phase_y": now.ky,
                "column": counter("column", config.slot_bits, self.active, ky),
            }
            shared = shared_loops(
                config, self.layer, weights=self.weights, counts=counts, walk=walk
            )
            for name in walk:
                if name in shared:
                    walk[name] = Mux(self.layer.depthwise, shared.pop(name), walk[name])
        # In a tile's first slot the walker shows row 0's pixel; then it goes on to the other rows'.
        for name, value in walk.items():
            held = Signal(widths[name], name=f"held_{name}")
            m.d.comb += now[name].eq(Mux(self.first, value, held))
            m.d.sync += held.eq(now[name])

        later = OPERANDS + array_latency(config) - self.shorter
        if config.shares_words:
            plain, now = now, Signal(now.shape())
            m.d.comb += now.eq(plain)
            with m.If(self.layer.depthwise):
                m.d.comb += [now[name].eq(value) for name, value in shared.items()]
        then = now.shape()(delayed(m, now, later, name="loops", reset_less=True)[-1])
        one_dimensional = {"ox": then.oy, "oy": 0, "kx": then.ky, "ky": 0}
        for name in ("mac", *widths):
            value = Mux(then.one, one_dimensional.get(name, then[name]), then[name])
            m.d.comb += getattr(self, name).eq(value)

        counts = Signal()  # from a layer's start until its last row leaves
        now_counts = self.start | counts
        before = Signal.like(self.cycle)
        m.d.comb += self.cycle.eq(before + now_counts)
        m.d.sync += [before.eq(self.cycle), counts.eq(now_counts & ~self.end)]
        return m
