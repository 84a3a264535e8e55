"""The loop nest as counters: which slot of which step and tile runs in this cycle."""

from amaranth.hdl import *

from convolith.hw.sequencer.countdown import nest_loops
from convolith.model.options.config import ArrayConfig

__all__ = ["LOOPS", "LoopNest"]

LOOPS = ("ky", "kx", "ic", "px", "oc", "g")
"""The loops over steps, from the inside out. A tile is one round of px, a step one round of ky."""


class LoopNest(Elaboratable):
    """Counts slots, steps and tiles of one layer: g, oc_tile, px_tile, ic_block, kx, ky, slot.

    A tile starts only when there is ``room`` for its results, and then runs without a stall: S
    slots per step, one per cycle. The next tile follows without a gap if there is room. Latency:
    the first slot is in the cycle after ``start``. Reset: idle.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
        Stable from ``start`` until ``busy`` falls.
    start : Value
        A layer begins; only while not ``busy``.
    room : Value
        There is room for a tile's rows at the output.
    flows : list of DenseDataflow

    Members
    -------
    busy : Signal
        Slots of the layer are still to come.
    take : Signal
        A tile takes its room. Its first slot is in the next cycle.
    active : Signal
        A slot runs. The members below, but for ``wrap`` and ``step_end``, have a meaning only then.
    slot : Signal
        The number of the slot within its step; 0 while there is none.
    first_step, last_step : Signal
        The step is its tile's first; its last.
    last_px, last_oc, last_g : Signal
        The tile is its oc_tile's last; the oc_tile is its group's last; the group is the last one.
    last_phase, last_phases : Signal
        The step is in the last round of ky; in the last rounds of ky and ic.
    step_end : Signal
        The slot is its step's last.
    wrap : Signal, len(LOOPS)
        For each loop, from the inside out: a round ends in this cycle.
    """

    def __init__(self, config: ArrayConfig, layer, start: Value, room: Value, flows=()):
        self.config, self.flows = config, flows
        self.layer, self.start, self.room = layer, start, room
        self.busy = Signal()
        self.take = Signal()
        self.active = Signal()
        self.slot = Signal(config.slot_bits)
        self.first_step = Signal(reset_less=True)
        self.last_step = Signal()
        self.last_phases = Signal()
        self.last_phase = Signal()
        self.step_end = Signal()
        self.last_px = Signal()
        self.last_oc = Signal()
        self.last_g = Signal()
        self.wrap = Signal(len(LOOPS))

    def elaborate(self, platform):
        m = Module()
        counts = {name: self.layer[f"{name}_count"] for name in LOOPS}
        for flow in self.flows:
            counts = flow.loop_counts(counts)
        step_end = self.count_slots(m)
        ends, lasts, layer_end = nest_loops(
            m, counts, self.start, step_end, apart=self.config.slots > 1
        )
        tile_end = ends[LOOPS.index("px")]
        m.d.comb += [
            self.wrap.eq(Cat(ends)),
            self.last_step.eq(lasts[0] & lasts[1] & lasts[2]),
            self.last_phase.eq(lasts[0]),
            self.last_phases.eq(lasts[0] & lasts[2]),
            self.step_end.eq(step_end),
            Cat(self.last_px, self.last_oc, self.last_g).eq(Cat(lasts[3:])),
        ]
        with m.If(self.start | step_end):
            m.d.sync += self.first_step.eq(self.start | tile_end)

        # The nest waits for room between tiles, and only there. `take` is decided in the last cycle
        # of a tile, so that the next tile's first slot follows at once. `busy` falls a cycle late
        # for that: hence the look at `layer_end`.
        m.d.comb += self.take.eq(
            self.room & (self.start | (self.busy & (~self.active | (tile_end & ~layer_end))))
        )
        with m.If(self.start | layer_end):
            m.d.sync += self.busy.eq(self.start)
        with m.If(~self.active | tile_end):
            m.d.sync += self.active.eq(self.take)
        return m

    def count_slots(self, m):
        """Counts the slots of a step; returns whether the slot is the last.

        The counter is compared in the slot before the last one, for a register. So the ends of all
        loops start from a register and not from a comparison.
        """
        slots = self.config.slots
        if slots == 1:
            return self.active
        before_last = self.slot == slots - 2
        for flow in self.flows:
            before_last = flow.before_last_slot(before_last, self.slot, self.last_phase)
        last_slot = Signal()  # 1 only while `active`: it is set by the slot before the last
        with m.If(self.active):
            m.d.sync += last_slot.eq(before_last)
            m.d.sync += self.slot.eq(Mux(last_slot, 0, self.slot + 1))
        return last_slot
