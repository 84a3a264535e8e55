"""Packed tiles: idle rows at the end of a tile start the next output-channel tile."""

from dataclasses import replace
from functools import cached_property

from amaranth.hdl import *

from convolith.hw.dataflow.dense.dataflow import DenseDataflow
from convolith.hw.dataflow.packed.passes import Passes
from convolith.hw.dataflow.packed.slot import FIELDS, packed_slot
from convolith.hw.dataflow.packed.weight_banks import RowBank, bank_reads, chosen_weights
from convolith.hw.sequencer.countdown import Countdown

__all__ = ["PackedDataflow"]


class PackedDataflow(DenseDataflow):
    """A pass may end within a tile, and the next pass begins in the tile's next row.

    A pass is one round over all output pixels, for one output-channel tile.
    """

    slot_fields = FIELDS
    pixel_fields = row_fields = ("odd",)
    weight_fields = ("crosses", "both")

    def __init__(self, config, layer):
        super().__init__(config, layer)
        self.packs = layer.packed_tiles
        self.banks = [RowBank(row) for row in range(config.rows)]

    @cached_property
    def passes(self) -> Passes:
        """The passes that the walker counts."""
        return Passes(self.layer)

    def loop_counts(self, counts):
        """One loop, px, counts the tiles of all passes; oc and g have a single round."""
        return counts | {name: Mux(self.packs, -1, counts[name]) for name in ("oc", "g")}

    def slot(self, m, nest, slot):
        return packed_slot(m, self.config, nest, slot, packs=self.packs)

    def hold(self, moves):
        return moves & ~self.passes.waits

    def walk(self, m, walk):
        m.submodules.passes = passes = self.passes
        end = walk.end & self.packs
        m.d.comb += [
            passes.start.eq(walk.start), passes.end.eq(end),
            passes.tile_end.eq(walk.slot.walked), passes.switches.eq(walk.switches),
        ]
        pass_end = walk.last_oy & walk.last_ox & walk.last_n
        return replace(
            walk,
            restart=walk.restart | passes.end,
            group_end=walk.group_end | passes.group_end,
            renew=walk.renew | (self.packs & pass_end),
            runs_out=walk.runs_out & (~self.packs | passes.last),
            last_pass=Mux(self.packs, passes.last, walk.last_pass),
            valid=walk.valid & ~passes.waits,
            fields={**walk.fields, "odd": passes.odd},
        )

    def weight_reads(self, m, start, consumed, reads):
        return bank_reads(m, start, consumed)

    def feed(self, m, platform, bus, captures, rest, second):
        for row, (bank, capture) in enumerate(zip(self.banks, captures, strict=True)):
            bank.take(m, capture, bus.odd, second.get(row, C(0)))
        return {}

    def row_weights(self, m, platform, r, weights):
        """The weight chain carries the words of both banks; each row chooses one."""
        chain = Signal(len(weights), name=f"weights_{r}", reset_less=True)
        m.d.sync += chain.eq(weights)
        column = self.config.dot * self.config.weight_bits
        return chosen_weights(m, platform, r, weights, self.banks[r].next_odd, column), chain

    def pass_row(self, m, start, completion, row):
        m.submodules.pixels = pixels = Countdown(
            self.layer.pixel_count, start, self.packs & completion.valid
        )
        return replace(
            row,
            ends=Mux(self.packs, completion.valid, row.ends),
            last=Mux(self.packs, pixels.last, row.last),
            begins=row.begins | self.packs,
        )

    def observed(self, counters, slot, loops):
        """Row 0's output channel: it follows from the walker's passes, not from the loop nest."""
        width = len(loops["oc"])
        passes = self.passes
        channel = counters.count("walk_channel", width, passes.end, passes.group_end,
                                 by=self.config.cols)
        group = counters.count("walk_group", width, passes.group_end, 0, by=self.layer.group_oc)
        return loops | {"oc": (loops["oc"] + channel + group)[:width]}
