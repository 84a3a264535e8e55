"""What a slot is to the blocks that serve it."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.loopnest import LOOPS, LoopNest
from convolith.hw.pass_ends import PassEnds
from convolith.model.config import ArrayConfig

__all__ = ["SlotRegister", "slot_layout"]


def slot_layout(config: ArrayConfig) -> data.StructLayout:
    """One slot. Without ``active``, no flag is set but those that say more about another one.

    ``active``: there is a slot; ``first``: its tile's first; ``load``: its step's first.
    ``row``: the row that is fetched for, if there are as many; ``first_step``: of its tile.
    ``walk``: its pixel is the walker's next; ``restart``: the oc_tile's last; ``next_group``: and
    the group's; ``last_walk``: no other oc_tile follows.
    ``weights``: a weight word is consumed; ``tile_end``: its tile's last; ``oc_end``: and its
    oc_tile's. ``wrap``: per loop, from the inside out, a round ends. ``next``: another slot of the
    step follows, in a layer that shares words. ``crosses``: the tile has rows of two
    oc_tiles; ``both``: and is the last of both; ``walked``: its rows all have their pixels.
    """
    flags = ("active", "first", "load", "first_step", "walk", "restart", "next_group", "last_walk",
             "weights", "tile_end", "oc_end")  # fmt: skip
    return data.StructLayout({
        "row": range(max(2, config.slots)),
        **dict.fromkeys(flags, 1),
        "wrap": len(LOOPS),
        **({"next": 1} if config.shares_words else {}),
        **(dict.fromkeys(("crosses", "both", "walked"), 1) if config.pack_edges else {}),
    })  # fmt: skip


class SlotRegister(Elaboratable):
    """Decodes the nest's counters, and holds the result: no block waits for a counter.

    Latency: one cycle. Reset: no slot.

    Parameters
    ----------
    config : ArrayConfig
    nest : LoopNest

    Members
    -------
    slot : slot_layout(config)
    """

    def __init__(self, config: ArrayConfig, nest: LoopNest):
        self.config, self.nest = config, nest
        self.slot = Signal(slot_layout(config))

    def elaborate(self, platform):
        m = Module()
        config, nest, slot = self.config, self.nest, self.slot
        load = nest.active & (nest.slot == 0)
        walk = nest.active & nest.first_step & (nest.slot < config.rows)
        last_walk = nest.slot == config.rows - 1
        weights = nest.active & (nest.slot < config.beats)
        last_weights = nest.last_step & (nest.slot == config.beats - 1)
        row, first_step = nest.slot, nest.first_step
        if config.shares_words:
            # One pixel per tile, in its first slot; weights only where there are taps.
            layer, shares = nest.layer, nest.layer.depthwise
            taps, last_line = self.lines_with_taps(m)
            walk = Mux(shares, load & nest.first_step, walk)
            last_walk |= shares
            weights = nest.active & (nest.slot < layer.taps_y) & (taps | ~shares)
            last_weights = (
                Mux(shares, nest.last_phases & last_line, nest.last_step)
                & (nest.slot + 1 == layer.taps_y)
            )
            row = Mux(shares, 0, nest.slot)
            first_step &= load | ~shares
            m.d.sync += slot.next.eq(nest.active & shares & ~nest.step_end)
        oc_end = nest.last_px
        if config.pack_edges:
            layer = nest.layer
            m.submodules.pass_ends = ends = PassEnds(
                config.rows, layer.beyond, load=nest.start, tile_end=nest.wrap[LOOPS.index("px")]
            )
            oc_end = Mux(layer.runs_on, ends.last, oc_end)
            m.d.sync += [
                slot.crosses.eq(
                    layer.runs_on & ends.crosses & (~nest.last_px | layer.last_crosses)
                ),
                slot.both.eq(layer.runs_on & ends.both),
                slot.walked.eq(walk & last_walk),
            ]
        m.d.sync += [
            slot.active.eq(nest.active),
            slot.first.eq(load & nest.first_step),
            slot.load.eq(load),
            slot.row.eq(row),
            slot.first_step.eq(first_step),
            slot.walk.eq(walk),
            slot.restart.eq(walk & last_walk & nest.last_px),
            slot.next_group.eq(nest.last_oc),
            slot.last_walk.eq(nest.last_oc & nest.last_g),
            slot.weights.eq(weights),
            slot.tile_end.eq(weights & last_weights),
            slot.oc_end.eq(oc_end),
            slot.wrap.eq(nest.wrap),
        ]
        return m

    def lines_with_taps(self, m):
        """Whether this line of a patch has taps, and is the last one that has."""
        nest = self.nest
        line_end, phase_end = (nest.wrap[LOOPS.index(name)] for name in ("kx", "ic"))
        left = Signal(signed(len(nest.layer.taps_x) + 1))  # lines with taps after this one
        with m.If(nest.start | phase_end):
            m.d.sync += left.eq(nest.layer.taps_x - 1)
        with m.Elif(line_end & ~left[-1]):
            m.d.sync += left.eq(left - 1)
        return ~left[-1], left == 0
