"""`SlotRegister`: what a slot does, in layers of the plain loop nest."""

from types import SimpleNamespace
from typing import Any, cast

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import SlotRegister
from convolith.hw.layouts.registers import register_layout
from convolith.hw.properties.method import Induction
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.sequencer.loopnest import LOOPS, LoopNest
from convolith.model.options.config import ArrayConfig

__all__ = ["Slots"]

REGISTER, DENSE, SHARED, PACKED = (
    "hw.dataflow.slot", "hw.dataflow.dense.slot", "hw.dataflow.shared.slot",
    "hw.dataflow.packed.slot",
)
OPTIONS: dict[str, Any] = {
    "dense": {"depthwise": False}, "shared": {"depthwise": True},
    "packed": {"depthwise": False, "pack_edges": True},
}


class Slots(Property):
    """The nest's counters have any value in every cycle, and the layer is a plain one.

    Arrays with shared words or packed tiles must decode plain layers as all others do.
    """

    name = "slots"
    says = ("in a plain layer slot r fetches row r's word, slot b consumes weight word b, and the "
            "walk goes on once for each row of a tile's first step")
    sizes = [
        {"array": array, "rows": rows, "lanes": lanes}
        for array in OPTIONS for rows, lanes in ((2, 4), (4, 2), (4, 4), (3, 8))
    ]
    fast = [size for size in sizes if size["rows"] == 3]
    method = Induction(k=1)
    planted = (
        Planted(DENSE, "nest.slot < config.beats", "nest.slot <= config.beats", at={"lanes": 2}),
        Planted(DENSE, "nest.slot < config.rows", "nest.slot <= config.rows"),
        Planted(DENSE, "nest.last_step & (nest.slot == config.beats - 1)", "nest.last_step"),
        Planted(DENSE, "last_walk=nest.slot == config.rows - 1", "last_walk=nest.slot == 1",
                at={"rows": 4}),
        Planted(REGISTER, "found.walk & found.last_walk & nest.last_px",
                "found.walk & found.last_walk"),
        Planted(REGISTER, "found.weights & found.last_weights", "found.last_weights"),
        Planted(REGISTER, "found.step_start & nest.first_step", "nest.first_step"),
        Planted(REGISTER, "nest.last_oc & nest.last_g", "nest.last_g"),
        Planted(SHARED, "row=Mux(shares, 0, nest.slot)", "row=0", at={"array": "shared"}),
        Planted(SHARED, "(taps | ~shares)", "taps", at={"array": "shared"}),
        Planted(SHARED, "plain.last_walk | shares", "shares", at={"array": "shared"}),
        Planted(PACKED, "Mux(packs, ends.last, slot.oc_end)", "ends.last", at={"array": "packed"}),
    )

    def build(self, m, platform):
        config = ArrayConfig(
            rows=self.size["rows"], lanes=self.size["lanes"], cols=1,
            **OPTIONS[self.size["array"]],
        )
        layer = self.free(register_layout(config), "layer")
        names = ("active", "first_step", "last_step", "last_phases", "step_end", "last_px",
                 "last_oc", "last_g", "start")
        nest = cast(LoopNest, SimpleNamespace(  # its members, with any values
            layer=layer, slot=self.free(config.slot_bits, "slot"),
            wrap=self.free(len(LOOPS), "wrap"), **{name: self.free(1, name) for name in names},
        ))
        m.submodules.register = register = SlotRegister(config, nest, dataflows(config, layer))
        found, slot, active = register.slot, nest.slot, nest.active
        if self.size["array"] == "shared":
            self.assume("the layer is a plain one", ~layer.shared_words)
            self.assume("its weight words are as many as a word has beats",
                        layer.taps_y == config.beats)
        if self.size["array"] == "packed":
            self.assume("the layer is a plain one", ~layer.packed_tiles)
        self.assume("a step has so many slots", slot < config.slots)

        walks = active & nest.first_step & (slot < config.rows)
        last_row = walks & (slot == config.rows - 1)
        eats = active & (slot < config.beats)
        ends = eats & nest.last_step & (slot == config.beats - 1)
        starts = active & (slot == 0)
        expected = {
            "active": active, "step_start": starts, "first": starts & nest.first_step,
            "walk": walks, "restart": last_row & nest.last_px, "weights": eats, "tile_end": ends,
            "last_walk": nest.last_oc & nest.last_g, "next_group": nest.last_oc,
            "wrap": nest.wrap,
        }
        for name, value in expected.items():
            self.claim(f"{name} is right",
                       found[name] == self.later(m, value & ~reset(value), 1, f"plain_{name}"))
        in_use = self.later(m, active & ~ResetSignal(), 1, "in_use")
        more = {"row": slot, "first_step": nest.first_step, "oc_end": nest.last_px}
        for name, value in more.items():
            self.claim(f"{name} is right in a slot",
                       ~in_use | (found[name] == self.later(m, value, 1, f"plain_{name}")))
        self.reach("a tile ends", found.tile_end)
        self.reach("the walk begins again", found.restart)


def reset(value: Value) -> Value:
    """Reset, as wide as a value."""
    return ResetSignal().replicate(len(Value.cast(value)))
