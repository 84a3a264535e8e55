"""Shared words: in depthwise layers all rows take each word, and each column has its own lane."""

from dataclasses import replace

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.cells.parts import parts_of
from convolith.hw.cells.products import has_cells
from convolith.hw.dataflow.dense.dataflow import DenseDataflow
from convolith.hw.dataflow.shared.lanes import ColumnOperands, group_buses, part_of
from convolith.hw.dataflow.shared.loops import shared_loops
from convolith.hw.dataflow.shared.patch_rows import patch_outputs
from convolith.hw.dataflow.shared.patch_walk import PatchWalk
from convolith.hw.dataflow.shared.settled import Settled
from convolith.hw.dataflow.shared.slot import FIELDS, shared_slot
from convolith.hw.dataflow.shared.variable_delay import VariableDelay
from convolith.hw.fetch.offset_step import OffsetStep
from convolith.hw.sequencer.loopnest import LOOPS
from convolith.hw.store.store_tile import StoreChoice, StoreTile
from convolith.model.dataflow.cycles import OPERANDS
from convolith.model.options.shared_words import most_line_delay

__all__ = ["SharedDataflow"]

FAN_OUT = 32  # bits of weights that a register sets to zero


class SharedDataflow(DenseDataflow):
    """A tile computes a patch: a rectangle of outputs, a row of the array for each.

    The walker's pixels are patches. A step reads a line of words.
    """

    slot_fields = FIELDS
    pixel_fields = ("end_x", "end_y")
    late_registers = True

    def __init__(self, config, layer):
        super().__init__(config, layer)
        self.shares = layer.shared_words
        self.rows = [ColumnOperands(config, row) for row in range(config.rows)]
        self.settled: Settled | None = None

    # The loop nest.

    def before_last_slot(self, before_last, slot, last_phase):
        return Mux(last_phase, slot == self.layer.last_columns, slot == self.layer.columns)

    def slot(self, m, nest, slot):
        return shared_slot(m, nest, slot, shares=self.shares, lines=self.config.patch[0])

    # Activations.

    def walk(self, m, walk):
        fields = {**walk.fields, "end_x": walk.last_ox, "end_y": walk.last_oy}
        return replace(walk, fields=fields, switches=walk.switches & ~self.shares)

    def offset_steps(self, steps, slot):
        """Each slot of a line adds its own step; x does not restart at the end of a phase."""
        layer = self.layer
        return steps | {
            "ic": replace(steps["ic"], x=layer.back_x, restart_x=False),
            "slot": OffsetStep(when=slot.next, delta=layer.delta_slot, y=layer.slot_y),
        }

    def word(self, m, word, *, start, slot):
        """Moves the lanes of the current part to the word's beginning; an oc round ends a part."""
        layer = self.layer
        part = Signal.like(layer.parts, reset_less=True)
        with m.If(start):
            m.d.sync += part.eq(0)
        with m.Elif(slot.wrap[LOOPS.index("oc")]):
            m.d.sync += part.eq(Mux(part == layer.parts, 0, part + 1))
        late = delayed(m, part, OPERANDS - 2, name="part", reset_less=True)[-1]
        return part_of(m, self.config, word, late)

    def captures(self, capture):
        """The rows take a word in every cycle."""
        return capture | self.shares

    def tags(self, m, flags):
        """The flags of a patch, two cycles later: then row 0 has ``last``."""
        patch_end = bundle(end_x=flags.end_x, end_y=flags.end_y, final=flags.final)
        return delayed(m, patch_end, 2, name="patch_end", reset_less=True)[-1].as_value()

    def operands(self, operands):
        return [row.operands for row in self.rows]

    def feed(self, m, platform, bus, captures, rest, second):
        """Each row takes its column lanes. Lane groups from D on use the second bank's weights."""
        config = self.config
        shares = copies(m, platform, self.shares, config.rows, name="shares")
        buses = group_buses(m, config, self.layer, bus.word)
        beat = config.dot * config.act_bits
        for row, capture, remaining, share in zip(self.rows, captures, rest, shares, strict=True):
            handed = Mux(capture, bus.word, remaining)[:beat]
            row.take(m, handed, buses[row.group], share)
        return {r: shares[r] for r, row in enumerate(self.rows) if row.group >= config.dot}

    # Weights.

    def weight_slot(self, slot):
        together = slot.together
        if self.config.odd_groups:
            together = together | self.shares
        return replace(slot, together=together, switches=slot.switches & ~self.shares)

    def weight_word(self, m, platform, word, consumed):
        """Zero weights where there is no tap: the rows multiply in every cycle."""
        parts = parts_of(word, FAN_OUT if has_cells(platform) else len(word))
        idle = copies(m, platform, ~consumed, len(parts), name="no_tap")
        return Cat(Mux(no_tap, 0, part) for no_tap, part in zip(idle, parts, strict=True))

    def line_starts(self):
        """The rows that begin a line within a patch, but its first one.

        The first line of the next lane group's patch follows without a delay.
        """
        lines, outputs = self.config.patch
        rows = range(0, self.config.rows, outputs)
        return [row for row in rows if row % (lines * outputs)]

    def next_line(self, m, line, down):
        """A row of the line completes only once: not again when the delay grows."""
        cycles = self.layer.line_delay
        if self.settled is None:
            m.submodules.settled = self.settled = Settled(cycles)
        m.submodules[f"line_delay_{line}"] = delay = VariableDelay(
            down.as_value(), cycles, most_line_delay(self.config)
        )
        later = down.shape()(delay.o)
        fields = {name: later[name] for name, _ in down.shape()}
        return bundle(**fields | {"last": later.last & self.settled.o})

    def outputs(self, valid, final, tags):
        return patch_outputs(self.config, self.layer, tags, self.shares, valid, final)

    # Sums.

    def pass_words(self, words):
        """The outputs of each lane group have their own bias word."""
        return Mux(self.shares, self.config.lane_groups, words)

    def bias_word(self, word, in_tile):
        group: Value = C(0)
        for g, row in enumerate(self.group_rows(), start=1):
            group = Mux(in_tile >= row, g, group)
        return word + Mux(self.shares, group, 0)

    def group_start(self, start, in_tile):
        """Whether the row is the first of a lane group other than the first group."""
        return start | (self.shares & Cat(in_tile == row for row in self.group_rows()).any())

    def group_rows(self):
        """The first row of each lane group, without the first group."""
        config = self.config
        return [g * config.rows // config.lane_groups for g in range(1, config.lane_groups)]

    def moves(self, moves, starts):
        """Each patch's results begin at an address of their own."""
        return moves | (starts.tile & self.shares)

    # Results in the activation memory.

    def store_tile(self, m, start, tile):
        m.submodules.patches = patches = PatchWalk(
            self.layer, shares=self.shares, start=start, next=tile.pass_end
        )
        return StoreTile(
            address=patches.address, line=patches.line, lines=patches.lines,
            pass_end=patches.pass_end,
        )

    def store_loops(self, m, loops, tiles, begin):
        """A tile has a patch for each lane group, if there are several, and a patch has lines."""
        lines = Signal.like(tiles.lines)
        with m.If(begin):
            m.d.sync += lines.eq(tiles.lines)
        count = self.config.lane_groups
        groups = {"group": (Mux(self.shares, count - 2, -1),)} if count > 1 else {}
        return loops | {"i": (tiles.lines, lines)} | groups

    def store_address(self, known, choice):
        """Adds origins for lines and lane groups.

        A line begins a step (``store_i``) after the line before. Every lane group's outputs begin
        at the same pixel.
        """
        line, tile = (
            Signal.like(self.layer.store_base, name=f"{name}_address", reset_less=True)
            for name in ("line", "tile")
        )
        return StoreChoice(
            origins=[*choice.origins, (line, known("from_line", "i")),
                     (tile, known("from_tile", "group"))],
            deltas=[*choice.deltas, (self.layer.store_i, known("by_line", "i"))],
            moved=[*choice.moved, (line, known("moves_line", "i", "group", "begin")),
                   (tile, known("moves_tile", "begin"))],
        )

    # Waveforms.

    def observed(self, counters, slot, loops):
        """The dataflow has other loops: the variables are computed from counts of their rounds."""
        next_ky, _, next_ic, next_px, next_oc, next_g = slot.wrap
        counts = {
            "block": counters.count("count_g", len(loops["oc"]), next_g, 0),
            "passes": counters.count("count_oc", len(loops["oc"]), next_oc, next_g),
            "phase_x": counters.count("count_ic", len(loops["kx"]), next_ic, next_px),
            "line": loops["kx"],
            "phase_y": loops["ky"],
            "column": counters.count("column", self.config.slot_bits, slot.active, next_ky),
        }
        shared = shared_loops(
            self.config, self.layer, weights=slot.weights, counts=counts, walk=loops
        )
        return loops | {
            name: Mux(self.shares, value, loops[name]) for name, value in shared.items()
        }
