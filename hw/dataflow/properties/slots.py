"""`SlotRegister`: what a slot does, in layers of each dataflow."""

from types import SimpleNamespace
from typing import Any, cast

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import DETAILS, SlotRegister
from convolith.hw.layouts.registers import register_layout
from convolith.hw.properties.layers import Layers, is_of_kind
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.sequencer.loopnest import LOOPS, LoopNest
from convolith.model.options.config import ArrayConfig

__all__ = ["Slots"]

REGISTER, DENSE, SHARED, PACKED, ENDS = (
    "hw.dataflow.slot", "hw.dataflow.dense.slot", "hw.dataflow.shared.slot",
    "hw.dataflow.packed.slot", "hw.dataflow.packed.pass_ends",
)
OPTIONS: dict[str, Any] = {
    "dense": {"depthwise": False}, "shared": {"depthwise": True},
    "packed": {"depthwise": False, "pack_edges": True},
}
OTHERS = {"dense": (), "shared": ("shared",), "packed": ("packed", "paired")}
"""The dataflows of an array besides the plain one."""

TWO_LINES = {"layer": "shared", "rows": 4}
"""A patch has two lines of outputs."""


class Slots(Property):
    """The nest's counters have any value in every cycle.

    ``layer`` is the layer's dataflow, one of those that the array has. Arrays with shared words or
    packed tiles must decode plain layers as all others do.
    """

    name = "slots"
    says = ("in a plain layer slot r fetches row r's word, slot b consumes weight word b, and the "
            "walk goes on once for each row of a tile's first step; with shared words there are "
            "weights where there are taps; with packed tiles the ends of passes are counted")
    sizes = [
        {"array": array, "layer": layer, "rows": rows, "lanes": lanes}
        for layers in ("plain", "other")
        for array in OPTIONS
        for layer in (("plain",) if layers == "plain" else OTHERS[array])
        for rows, lanes in ((2, 4), (4, 2), (4, 4), (3, 8))
        if layer != "paired" or rows % 2 == 0
    ]
    fast = [
        size for size in sizes
        if size["rows"] == 3 or (
            size["layer"] in ("paired", "shared") and size["rows"] == size["lanes"] == 4
        )
    ]
    method = Induction(k=1)
    planted = (
        Planted(DENSE, "nest.slot < count if", "nest.slot <= count if", at={"lanes": 2}),
        Planted(DENSE, "nest.slot < count if", "nest.slot <= count if", at={"rows": 2}),
        Planted(DENSE, "if count < slots else", "if count <= 1 else", at={"rows": 2}),
        Planted(DENSE, "nest.last_step & (nest.slot == config.beats - 1)", "nest.last_step"),
        Planted(DENSE, "last_walk=nest.slot == config.rows - 1", "last_walk=nest.slot == 1",
                at={"rows": 4}),
        Planted(REGISTER, "found.walk & found.last_walk & nest.last_px",
                "found.walk & found.last_walk"),
        Planted(REGISTER, "found.weights & found.last_weights", "found.last_weights",
                at={"array": "shared"}),
        Planted(REGISTER, "found.step_start & nest.first_step", "nest.first_step"),
        Planted(REGISTER, "nest.last_oc & nest.last_g", "nest.last_g"),
        Planted(SHARED, "row=Mux(shares, 0, nest.slot)", "row=0", at={"array": "shared"}),
        Planted(SHARED, "(taps | ~shares)", "taps", at={"array": "shared"}, slow=True),
        Planted(SHARED, "plain.last_walk | shares", "shares", at={"array": "shared"}),
        Planted(PACKED, "Mux(packs, ends.last, slot.oc_end)", "ends.last", at={"array": "packed"}),
        Planted(SHARED, "has_taps.eq(begins | (has_taps & ~is_last))",
                "has_taps.eq(begins | has_taps)", at={"layer": "shared"}),
        Planted(SHARED, "nest.last_phases & (remaining == 0)", "nest.last_phases", at=TWO_LINES),
        Planted(SHARED, "line_end & ~remaining[-1]", "line_end", at=TWO_LINES),
        Planted(SHARED, "nest.start | phase_end", "nest.start", at=TWO_LINES),
        Planted(SHARED, "if lines > 1 else (C(1), nest.last_step)",
                "if lines > 1 else (C(1), nest.last_phases)", at={"layer": "shared", "rows": 3}),
        Planted(SHARED, "plain.first_step & (plain.step_start | ~shares)", "plain.first_step",
                at={"layer": "shared"}),
        Planted(SHARED, '"next": nest.active & shares', '"next": shares', at={"layer": "shared"}),
        Planted(PACKED, "(~nest.last_px | layer.last_crosses)", "~nest.last_px",
                at={"layer": "packed"}),
        Planted(PACKED, '"walked": slot.walk & slot.last_walk', '"walked": slot.walk',
                at={"layer": "packed"}),
        Planted(ENDS, "self.last & ~self.remaining.all()", "self.last", at={"layer": "packed"}),
        Planted(ENDS, "self.start | (self.tile_end & self.both)", "self.start",
                at={"layer": "packed"}),
        Planted(ENDS, "Mux(self.last, self.beyond, -self.rows)", "-self.rows",
                at={"layer": "packed"}),
    )

    def build(self, m, platform):
        self.kind = kind = self.size["layer"]
        self.config = config = ArrayConfig(
            rows=self.size["rows"], lanes=self.size["lanes"], cols=1,
            **OPTIONS[self.size["array"]],
        )
        self.layer = layer = self.free(register_layout(config), "layer")
        names = ("active", "first_step", "last_step", "last_phases", "step_end", "last_px",
                 "last_oc", "last_g", "start")
        self.nest = nest = cast(LoopNest, SimpleNamespace(  # its members, with any values
            layer=layer, slot=Signal(config.slot_bits, name="slot"),
            wrap=self.free(len(LOOPS), "wrap"), **{name: self.free(1, name) for name in names},
        ))
        register = SlotRegister(config, nest, dataflows(config, layer))
        inside = Opened(m, "register", register, platform)
        found, active = register.slot, nest.active
        self.assume_inputs(m)
        with m.If(active):
            m.d.sync += nest.slot.eq(Mux(nest.step_end, 0, nest.slot + 1))
        self.assume("a counter of slots has enough bits", nest.step_end | ~nest.slot.all())
        runs = self.before(m, active & ~nest.step_end & ~ResetSignal(), "runs")
        self.assume("a step runs without a pause", active | ~runs)
        self.claim("without a slot their counter is 0", active | (nest.slot == 0))

        if self.size["array"] == "shared":
            self.claim("it is known a cycle ahead whether a slot has a tap",
                       ~self.current | (inside["has_taps"] == (nest.slot < layer.taps_y)))
            self.claim("it is known a cycle ahead which slot has the last tap",
                       ~self.current | (inside["is_last"] == (nest.slot + 1 == layer.taps_y)))
            self.claim("the number of the tap before it is known", ~self.current | (
                inside["before_last"] == (layer.taps_y - 2)[: len(layer.taps_y)]))
        # What counts while there is a slot, and what is 0 without one.
        in_slot, flags = self.shared(m, inside) if kind == "shared" else self.plain()
        walks, weights = flags["walk"], flags["weights"]
        starts = active & (nest.slot == 0)
        flags |= {
            "active": active, "step_start": starts, "first": starts & nest.first_step,
            "restart": walks & flags["last"] & nest.last_px,
            "tile_end": weights & flags["ends"],
        }
        if self.size["array"] == "packed":
            more = self.packed(m, inside) if kind == "packed" else {"crosses": C(0), "both": C(0)}
            in_slot |= more
            flags["walked"] = walks & flags["last"]
        expected = {name: value for name, value in flags.items() if name not in ("last", "ends")}
        expected |= {"last_walk": nest.last_oc & nest.last_g, "next_group": nest.last_oc,
                     "wrap": nest.wrap}
        # Without a slot no flag is set, whatever the registers are.
        known = self.before(m, self.current | ~active, "known")
        running = self.before(m, self.current, "was_running")
        for name, value in expected.items():
            kept = value if name in DETAILS else value & ~reset(value)
            self.claim(f"{name} is right", ~known | (
                found[name] == self.later(m, kept, 1, f"plain_{name}")))
        in_use = self.later(m, active & ~ResetSignal(), 1, "in_use") & running
        for name, value in in_slot.items():
            self.claim(f"{name} is right in a slot",
                       ~in_use | (found[name] == self.later(m, value, 1, f"plain_{name}")))
        self.reach("a tile ends", found.tile_end & running)
        self.reach("the walk begins again", found.restart & running)

    def assume_inputs(self, m):
        """What others keep to."""
        layer, nest, config = self.layer, self.nest, self.config
        kind = is_of_kind(layer, self.kind)
        if self.kind == "packed":  # a pass has a pixel or more
            kind = kind & (layer.beyond + config.rows >= 1)
        if self.kind == "shared":
            kind = kind & (layer.taps_y >= 1)
        if self.kind == "plain" and self.size["array"] == "shared":
            kind = kind & (layer.taps_y >= 1) & (layer.taps_y <= config.beats)
        self.current = Layers(
            self, m, registers=layer, start=nest.start, needed=nest.active | nest.wrap.any(),
            kind=kind,
        ).current
        if self.kind != "shared":
            self.assume("a step has so many slots",
                        ~self.current | (nest.slot < config.slots))

    def plain(self):
        """Fields in a slot, and flags: of layers in which each row has a word of its own."""
        nest, config = self.nest, self.config
        slot = nest.slot
        beats = self.layer.taps_y if self.size["array"] == "shared" else config.beats
        return {"row": slot, "first_step": nest.first_step, "oc_end": nest.last_px}, {
            "walk": nest.active & nest.first_step & (slot < config.rows),
            "last": slot == config.rows - 1,
            "weights": nest.active & (slot < beats),
            "ends": nest.last_step & (slot + 1 == beats),
        }

    def shared(self, m, inside):
        """The same of layers with shared words: a step is a line of words.

        The first lines of a phase have taps, and so have the first words of these lines. If a patch
        is one line of outputs, all lines have taps.
        """
        lines, _ = self.config.patch
        has_taps, last_line = self.lines(m, inside) if lines > 1 else (C(1), self.nest.last_step)
        nest, layer = self.nest, self.layer
        starts = nest.slot == 0
        return {"row": C(0), "first_step": nest.first_step & starts, "oc_end": nest.last_px}, {
            "walk": nest.active & nest.first_step & starts, "last": C(1),
            "weights": nest.active & (nest.slot < layer.taps_y) & has_taps,
            "ends": last_line & (nest.slot + 1 == layer.taps_y),
            "next": nest.active,
        }

    def lines(self, m, inside):
        """Whether a line has taps, and whether it is its tile's last one that has."""
        nest, layer = self.nest, self.layer
        line = Signal(len(layer.taps_x))  # of those with taps; after them it stays
        has_taps = line < layer.taps_x
        kx_end, ic_end = (nest.wrap[LOOPS.index(name)] for name in ("kx", "ic"))
        with m.If(nest.start | ic_end):
            m.d.sync += line.eq(0)
        with m.Elif(kx_end & has_taps):
            m.d.sync += line.eq(line + 1)
        self.claim("lines without taps are beyond those with taps",
                   ~self.current | (line <= layer.taps_x))
        self.claim("the register holds the lines with taps that remain",
                   ~self.current | (inside["remaining"] == layer.taps_x - line - 1))
        return has_taps, nest.last_phases & (line + 1 == layer.taps_x)

    def packed(self, m, inside):
        """Fields of layers with packed tiles, by the pixels left of a tile's first pass."""
        nest, layer, rows = self.nest, self.layer, self.config.rows
        pixels = layer.beyond + rows  # of a pass
        left = Signal(signed(len(layer.beyond) + 2))
        ends, both = left <= rows, left + pixels <= rows
        with m.If(nest.start | (nest.wrap[LOOPS.index("px")] & both)):
            m.d.sync += left.eq(pixels)
        with m.Elif(nest.wrap[LOOPS.index("px")]):
            m.d.sync += left.eq(Mux(ends, left + pixels, left) - rows)
        self.claim("pixels are left of a tile's first pass",
                   ~self.current | ((left >= 1) & (left <= pixels)))
        self.claim("the register holds the pixels beyond the tile",
                   ~self.current | (inside["pass_ends.remaining"] == left - rows - 1))
        self.claim("the pixels of a pass are known",
                   ~self.current | (inside["pass_ends.pixels"] == pixels))
        self.reach("a tile ends two passes", self.current & nest.active & both)
        return {
            "oc_end": ends, "both": both,
            "crosses": (left < rows) & (~nest.last_px | layer.last_crosses),
        }


def reset(value: Value) -> Value:
    """Reset, as wide as a value."""
    return ResetSignal().replicate(len(Value.cast(value)))
