"""The loop nest as counters: which step of which tile runs in this cycle."""

from amaranth.hdl import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from convolith.hw.countdown import Countdown
from convolith.hw.registers import register_layout
from convolith.model.config import ArrayConfig

__all__ = ["LoopNest"]

LOOPS = ("ky", "kx", "ic", "px", "oc", "g")
"""From the inside out; a tile is one round of px."""


class LoopNest(wiring.Component):
    """Counts slots, steps and tiles of one layer: g, oc_tile, px_tile, ic_block, kx, ky, slot.

    A tile starts only when there is ``room`` for its results, and then runs without a stall: S slots
    per step, one per cycle, the next tile's directly after. Latency: the first slot is two cycles
    after ``start``. Reset: idle.

    Parameters
    ----------
    config : ArrayConfig

    Members
    -------
    layer : register_layout(config), in
        Stable from the cycle of ``start`` until ``busy`` falls.
    start : in
        Begins a layer; only while not ``busy``.
    busy : out
        Slots of the layer are still to come.
    room : in
        The output side has room for a tile.
    take : out
        A tile takes its room; its first slot is in the next cycle.
    active, slot : out
        A slot runs, and which.
    step_end : out
        The last slot of a step.
    first_step, last_step, last_px, last_oc, last_g : out
        The step is its tile's first or last; the tile is its oc_tile's last, and so on outwards.
    wrap : out(len(LOOPS))
        For each loop from the inside out: it ends a round in this cycle.
    """

    def __init__(self, config: ArrayConfig):
        self.config = config
        super().__init__({
            "layer": In(register_layout(config)),
            "start": In(1),
            "busy": Out(1),
            "room": In(1),
            "take": Out(1),
            "active": Out(1),
            "slot": Out(range(max(2, config.slots))),
            "step_end": Out(1),
            "first_step": Out(1),
            "last_step": Out(1),
            "last_px": Out(1),
            "last_oc": Out(1),
            "last_g": Out(1),
            "wrap": Out(len(LOOPS)),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        ends = self.step_end
        last = []
        for level, name in enumerate(LOOPS):
            count = self.layer[f"{name}_count"]
            m.submodules[name] = loop = Countdown(len(count))
            m.d.comb += [
                loop.count.eq(count),
                loop.load.eq(self.start),
                loop.advance.eq(ends),
                self.wrap[level].eq(ends),
            ]
            last.append(loop.last)
            ends = ends & loop.last
        layer_end = ends
        tile_end = self.wrap[LOOPS.index("px")]
        m.d.comb += [
            self.last_step.eq(last[0] & last[1] & last[2]),
            self.last_px.eq(last[3]),
            self.last_oc.eq(last[4]),
            self.last_g.eq(last[5]),
        ]
        self.count_slots(m)

        with m.If(self.start | tile_end):
            m.d.sync += self.first_step.eq(1)
        with m.Elif(self.step_end):
            m.d.sync += self.first_step.eq(0)

        # Between tiles, and only there, the nest waits for room.
        m.d.comb += self.take.eq(self.busy & self.room & (~self.active | (tile_end & ~layer_end)))
        with m.If(self.start):
            m.d.sync += self.busy.eq(1)
        with m.Elif(layer_end):
            m.d.sync += self.busy.eq(0)
        with m.If(~self.active | tile_end):
            m.d.sync += self.active.eq(self.take)
        return m

    def count_slots(self, m):
        """The innermost loop has a fixed length; its last round is known one cycle ahead."""
        slots = self.config.slots
        if slots == 1:
            m.d.comb += self.step_end.eq(self.active)
            return
        last_slot = Signal()
        m.d.comb += self.step_end.eq(self.active & last_slot)
        with m.If(self.active):
            m.d.sync += last_slot.eq(self.slot == slots - 2)
            m.d.sync += self.slot.eq(Mux(last_slot, 0, self.slot + 1))
