"""Counts through the output pixels, and says what their coordinates and addresses do."""

from amaranth.hdl import *

from convolith.hw.fetch.walk import Walk
from convolith.hw.sequencer.countdown import nest_loops
from convolith.model.options.config import ArrayConfig

__all__ = ["PixelCounter", "PixelStep"]


class PixelStep:
    """What happens to a pixel's coordinates and address: registers between two blocks.

    Members
    -------
    go_x, go_y, go_base : Signal
        This one changes:
    renew_x, renew_y, renew_base : Signal
        to its first value. Otherwise a stride, or for the address
    delta : Signal
        is added to it.
    start : Signal
        A layer begins.
    next_group : Signal
        The first address is the next group's.
    """

    def __init__(self, config: ArrayConfig):
        self.go_x, self.go_y, self.go_base = (Signal(name=f"go_{n}") for n in ("x", "y", "base"))
        self.renew_x, self.renew_y, self.renew_base = (
            Signal(name=f"renew_{n}") for n in ("x", "y", "base")
        )
        self.delta = Signal(config.addr_bits)
        self.start, self.next_group = Signal(), Signal()


class PixelCounter(Elaboratable):
    """Counts oy, ox, n. The counters say what is to be added; the sums wait for a register only.

    After the last pixel come invalid ones until the walk begins again, unless a dataflow goes on
    with the next pass. Latency: one cycle to ``step`` and to the flags. Reset: none needed.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    slot : View of slot_layout(config)
        ``walk``: go on to the next pixel; ``restart``: to the first one again (together with
        ``walk``); ``next_group``: and in the next group's channels; ``last_walk``: this walk is the
        layer's last, so its last pixel is ``final``.
    flows : list of DenseDataflow

    Members
    -------
    step : PixelStep
    valid, final : Signal
        Of the pixel that ``step`` leads to in the cycle after.
    fields : dict of Signal
        Likewise, what other dataflows say of it.
    wrap : Signal, 3
        From the inside out, oy, ox, n: a round ends in this cycle.
    restarts : Signal
        The walk begins again at the first pixel after this cycle.
    """

    def __init__(self, config: ArrayConfig, layer, *, start: Value, slot, flows=()):
        self.config, self.layer, self.start, self.slot = config, layer, start, slot
        self.flows = flows
        self.step = PixelStep(config)
        self.valid, self.final = Signal(), Signal()
        self.fields = {name: Signal(name=name) for flow in flows for name in flow.pixel_fields}
        self.wrap = Signal(3)
        self.restarts = Signal()

    def elaborate(self, platform):
        m = Module()
        layer, slot, step = self.layer, self.slot, self.step
        moves = slot.walk
        for flow in self.flows:
            moves = flow.hold(moves)
        advance = moves
        for flow in self.flows:
            advance = flow.repeat(advance)
        again = self.start | slot.restart
        counts = {name: layer[f"{name}_count"] for name in ("oy", "ox", "n")}
        ends, (last_oy, last_ox, last_n), end = nest_loops(m, counts, again, advance)
        line_end = last_oy & last_ox
        done = Signal()  # past the last pixel
        walk = Walk(
            start=self.start, slot=slot, moves=moves, end=end,
            last_oy=last_oy, last_ox=last_ox, last_n=last_n,
            restart=slot.restart, group_end=slot.restart & slot.next_group, renew=again,
            runs_out=~again, last_pass=slot.last_walk, valid=~done,
            delta=Mux(line_end, layer.delta_n, Mux(last_oy, layer.delta_ox, layer.delta_oy)),
            switches=slot.restart, fields={},
        )
        for flow in self.flows:
            walk = flow.walk(m, walk)
        with m.If(again | end):
            m.d.sync += done.eq(walk.runs_out)
        m.d.comb += [self.wrap.eq(Cat(ends)), self.restarts.eq(walk.restart)]
        m.d.sync += [
            step.go_x.eq(again | (advance & last_oy)),
            step.go_y.eq(again | advance),
            step.go_base.eq(again | walk.moves),
            step.renew_x.eq(again | line_end),
            step.renew_y.eq(again | last_oy),
            step.renew_base.eq(walk.renew),
            step.delta.eq(walk.delta),
            step.start.eq(self.start),
            step.next_group.eq(self.start | walk.group_end),
            self.valid.eq(walk.valid),
            self.final.eq(line_end & last_n & walk.last_pass & walk.valid),
            *(self.fields[name].eq(value) for name, value in walk.fields.items()),
        ]
        return m
