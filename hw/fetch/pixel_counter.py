"""Counts through the output pixels, and says how their coordinates and addresses change."""

from amaranth.hdl import *

from convolith.hw.fetch.walk import Walk
from convolith.hw.sequencer.countdown import nest_loops
from convolith.model.options.config import ArrayConfig

__all__ = ["PixelCounter", "PixelStep"]


class PixelStep:
    """How a pixel's coordinates and address change: registers between counter and address.

    Members
    -------
    go_x, go_y, go_base : Signal
        x, y or the address changes.
    renew_x, renew_y, renew_base : Signal
        The change is to the first value. Without it, the stride is added to a coordinate, and
        ``delta`` to the address.
    delta : Signal
        The step of the address.
    start : Signal
        A layer begins.
    next_group : Signal
        The first address becomes that of the next group.
    """

    def __init__(self, config: ArrayConfig):
        self.go_x, self.go_y, self.go_base, self.renew_x, self.renew_y, self.renew_base = (
            Signal(name=f"{what}_{of}", reset_less=True)
            for what in ("go", "renew") for of in ("x", "y", "base")
        )
        self.delta = Signal(config.addr_bits, reset_less=True)
        self.start, self.next_group = Signal(reset_less=True), Signal(reset_less=True)


class PixelCounter(Elaboratable):
    """Counts oy, ox, n, and says in each cycle what is to be added to coordinates and address.

    After the last pixel come invalid ones until the walk begins again, unless a dataflow goes on
    with the next pass. Latency: one cycle to ``step`` and to the flags. Reset: none needed.

    The counters are a pixel ahead of the address, and ``step`` is the register between them. So the
    adders of the address start from registers and do not wait for the counters. The flags are a
    cycle late for the same reason: they come together with the address of their pixel.

        cycle         0       1       2         ``walk`` in cycles 0 and 1
        counters      k       k+1     k+2
        step                  to k+1  to k+2
        flags                 k       k+1
        address               k       k+1       (`PixelAddress`)

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    slot : View of slot_layout(config)
        ``walk``: go on to the next pixel. ``restart``, only with ``walk``: go back to the first
        pixel. ``next_group``, only with ``restart``: in the next group's channels. ``last_walk``:
        the walk is the layer's last, so its last pixel is ``final``.
    flows : list of DenseDataflow

    Members
    -------
    step : PixelStep
    valid, final : Signal
        The flags of the pixel that ``step`` leaves: the pixel whose address is there in this cycle.
    fields : dict of Signal
        Flags of the same pixel that other dataflows add.
    wrap : Signal, 3
        One bit each for oy, ox, n: a round ends in this cycle.
    restarts : Signal
        The next cycle is at the first pixel again.
    """

    def __init__(self, config: ArrayConfig, layer, *, start: Value, slot, flows=()):
        self.config, self.layer, self.start, self.slot = config, layer, start, slot
        self.flows = flows
        self.step = PixelStep(config)
        self.valid, self.final = Signal(reset_less=True), Signal(reset_less=True)
        self.fields = {
            name: Signal(name=name, reset_less=True) for flow in flows for name in flow.pixel_fields
        }
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
        done = Signal(reset_less=True)  # past the last pixel
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
