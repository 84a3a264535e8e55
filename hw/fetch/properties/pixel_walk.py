"""`PixelWalker` against nested loops over pixels."""

from typing import Any

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.fetch.properties.nested_places import NestedPlaces
from convolith.hw.fetch.walker import PixelWalker
from convolith.hw.layouts.registers import register_layout
from convolith.hw.properties.layers import Layers, is_of_kind
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.options.config import ArrayConfig

__all__ = ["PixelWalk"]

COUNTER, ADDRESS, PASSES, PACKED, PAIRED, SHARED = (
    "hw.fetch.pixel_counter", "hw.fetch.pixel_address", "hw.dataflow.packed.passes",
    "hw.dataflow.packed.dataflow", "hw.dataflow.paired.dataflow", "hw.dataflow.shared.dataflow",
)
LOOPS, PASS_LOOPS = ("oy", "ox", "n"), ("oc", "g")
ARRAYS: dict[str, dict[str, Any]] = {
    "dense": {"rows": 3, "depthwise": False}, "shared": {"rows": 3},
    "packed": {"rows": 3, "pack_edges": True}, "paired": {"rows": 4, "pack_edges": True},
}
ADDED = """        with m.If(step.go_x):
            m.d.sync += self.x.eq(Mux(step.renew_x, layer.first_x, self.x + layer.stride_x))
"""
ADDED_LATE = """        steps = Signal.like(self.x)
        m.d.comb += self.x.eq(steps + layer.first_x)
        with m.If(step.go_x):
            m.d.sync += steps.eq(Mux(step.renew_x, 0, steps + layer.stride_x))
"""
"""The pixel's first coordinate is added behind the register: the layer is needed a cycle longer."""

REAL = {"addr_bits": 20, "size_bits": 16}
SMALL = {"addr_bits": 6, "size_bits": 4}


class PixelWalk(Property):
    """Registers of a layer have any values, and slots walk on when they like.

    ``layer`` is the layer's dataflow, one of those that the array has.
    """

    name = "pixel_walk"
    says = ("each walk takes the pixel that follows in (n, ox, oy), coordinates and address are "
            "sums of counters times strides, and the last pixel is marked; with packed tiles a "
            "pass follows the pass before, with row pairs a pixel comes twice, and with shared "
            "words the last patches along x and y are marked")
    sizes = [
        {"array": array, "layer": layer, **bits}
        for bits in (SMALL, REAL)
        for array, layer in (*((name, "plain") for name in ARRAYS), ("packed", "packed"),
                             ("paired", "packed"), ("paired", "paired"), ("shared", "shared"),
                             ("packed", "shared"))
    ]
    fast = [{"array": "dense", "layer": "plain", **SMALL},
            {"array": "packed", "layer": "packed", **SMALL},
            {"array": "paired", "layer": "paired", **SMALL},
            {"array": "packed", "layer": "shared", **SMALL}]
    method = Induction(k=1, traces=12)
    planted = (
        Planted(ADDRESS, "Mux(step.renew_x, layer.first_x, self.x + layer.stride_x)",
                "Mux(step.renew_x, layer.first_x, self.x + 1)"),
        Planted(ADDRESS, ADDED, ADDED_LATE),
        Planted(ADDRESS, "Mux(step.renew_y, layer.first_y,", "Mux(step.renew_x, layer.first_y,"),
        Planted(ADDRESS, "origin = Mux(step.next_group, group_first, first)", "origin = first"),
        Planted(ADDRESS, "group_first + layer.delta_g", "first + layer.delta_g"),
        Planted(ADDRESS, "Mux(step.start, layer.act_base, next_first)", "next_first"),
        Planted(COUNTER, "Mux(line_end, layer.delta_n, Mux(last_oy, layer.delta_ox,",
                "Mux(last_ox, layer.delta_n, Mux(last_oy, layer.delta_ox,"),
        Planted(COUNTER, "step.renew_x.eq(again | line_end)", "step.renew_x.eq(again)"),
        Planted(COUNTER, "step.go_x.eq(again | (advance & last_oy))",
                "step.go_x.eq(again | advance)"),
        Planted(COUNTER, "runs_out=~again", "runs_out=C(0)"),
        Planted(COUNTER, "line_end & last_n & walk.last_pass & walk.valid",
                "line_end & walk.last_pass & walk.valid"),
        Planted(COUNTER, "step.next_group.eq(self.start | walk.group_end)",
                "step.next_group.eq(self.start)"),
        Planted(PASSES, "self.group_end.eq(self.end & last_oc)", "self.group_end.eq(self.end)",
                at={"layer": "packed"}),
        Planted(PASSES, "self.waits.eq(second)", "self.waits.eq(0)", at={"layer": "packed"}),
        Planted(PACKED, "renew=walk.renew | (self.packs & pass_end)", "renew=walk.renew",
                at={"layer": "packed"}),
        Planted(PACKED, "walk.runs_out & (~self.packs | passes.last)", "walk.runs_out",
                at={"layer": "packed"}),
        Planted(PAIRED, "Mux(self.repeats, self.layer.delta_pair, walk.delta)", "walk.delta",
                at={"layer": "paired"}),
        Planted(PAIRED, "last_pass=walk.last_pass & ~self.repeats", "last_pass=walk.last_pass",
                at={"layer": "paired"}),
        Planted(SHARED, '"end_x": walk.last_ox', '"end_x": walk.last_oy', at={"layer": "shared"}),
        Planted(SHARED, "walk.switches & ~self.shares", "walk.switches",
                at={"layer": "shared", "array": "packed"}),
    )

    def build(self, m, platform):
        self.config = config = ArrayConfig(
            cols=1, act_words=16, weight_words=16, bias_words=16,
            addr_bits=self.size["addr_bits"], size_bits=self.size["size_bits"],
            **ARRAYS[self.size["array"]],
        )
        self.packed, self.paired, self.shared = (
            self.size["layer"] == name for name in ("packed", "paired", "shared"))
        self.layer = layer = self.free(register_layout(config), "layer")
        self.start = start = self.free(1, "start")
        flows = dataflows(config, layer)
        self.slot = slot = self.free(slot_layout(config, flows), "slot")
        walker = PixelWalker(config, layer, start=start, slot=slot, flows=flows)
        inside = Opened(m, "walker", walker, platform)
        self.half = Signal()  # the pixel is that of a pair's second row
        self.counts = {name: layer[f"{name}_count"] for name in (*LOOPS, *PASS_LOOPS)}
        self.current = Layers(
            self, m, registers=layer, start=start, needed=slot.walk,
            kind=is_of_kind(layer, self.size["layer"])
            & Cat(count >= -1 for count in self.counts.values()).all(),
        ).current
        self.running = Signal()  # a layer has begun, and its walk has not ended
        self.assume_inputs()
        self.count(m)
        at = self.places(m)

        pixel = walker.pixel
        taken = self.before(m, slot.walk & self.running & self.current & ~ResetSignal(), "taken")
        was_valid = self.before(m, self.valid, "was_valid")
        self.claim("pixels end with the last one", ~taken | (pixel.valid == was_valid))
        self.claim("the layer's last pixel is final",
                   ~taken | (pixel.final == self.before(m, self.final, "was_final")))
        for name, place in at.items():
            self.claim(f"{name} is the sum of counters times strides", ~(taken & was_valid)
                       | (pixel[name] == self.before(m, place, f"{name}_before")))
        if config.pack_edges:
            self.claim("the pixel's bank is right", ~(taken & was_valid)
                       | (pixel.odd == self.before(m, self.odd, "was_odd")))
        if self.shared:
            for name, loop in (("end_x", "ox"), ("end_y", "oy")):
                self.claim(f"{name} marks a last patch", ~(taken & was_valid)
                           | (pixel[name] == self.before(m, self.last[loop], f"was_{name}")))
        self.relate(inside, walker.counter.step, at)
        plain, counts = self.plain, self.counts
        self.reach("a pixel of the second group", taken & pixel.valid & (plain["oy"] == 0)
                   & (self.group != layer.act_base))
        self.reach("an image has been left", taken & pixel.valid & (plain["n"] == 1)
                   & (counts["ox"] == 0) & (counts["oy"] == 0))
        self.reach("pixels have ended", taken & ~pixel.valid)
        self.reach("the last pixel comes", taken & pixel.final)

    def assume_inputs(self):
        """What others keep to."""
        slot = self.slot
        self.assume("a walk restarts with a slot that walks", ~slot.restart | slot.walk)
        if self.config.pack_edges:
            self.assume("a tile ends with a slot that walks", ~slot.walked | slot.walk)
        if self.paired:
            self.assume("a tile has an even number of rows",
                        ~(slot.restart & self.current) | self.half)

    def count(self, m):
        """Counters of the pixel that the next walk takes, and of its pass."""
        slot, start, counts = self.slot, self.start, self.counts
        self.plain = plain = {
            name: Signal(len(count), name=f"plain_{name}") for name, count in counts.items()
        }
        self.last = last = {
            name: plain[name] == (count + 1).as_unsigned() for name, count in counts.items()
        }
        self.waits, second = Signal(), Signal()
        past = Signal()  # there is no pixel until the walk begins again
        self.valid = ~past & ~self.waits
        self.goes_on, inner = {}, slot.walk & ~self.waits
        if self.paired:
            self.goes_on["half"] = inner & ~self.half
            with m.If(start):
                m.d.sync += self.half.eq(0)
            with m.Elif(inner):
                m.d.sync += self.half.eq(~self.half)
            inner = inner & self.half
        last_pixel = Cat(last[name] for name in LOOPS).all()
        last_pass = last["oc"] & last["g"] if self.packed else slot.last_walk
        pass_end = inner & last_pixel if self.packed else C(0)
        self.final = self.valid & last_pixel & last_pass & (self.half | (not self.paired))
        # With packed tiles the next pass begins at once. In other layers a slot says when.
        self.again = start | slot.restart | pass_end
        for name in LOOPS:
            self.goes_on[name] = inner & ~last[name]
            self.step(m, name, start | slot.restart, inner)
            inner = inner & last[name]
        with m.If(start | slot.restart):
            m.d.sync += past.eq(0)
        with m.Elif(inner & (last_pass if self.packed else 1)):
            m.d.sync += past.eq(1)
        self.next_group = slot.restart & slot.next_group
        if self.packed:
            self.step(m, "oc", start, pass_end)
            self.step(m, "g", start, pass_end & last["oc"])
            self.next_group = self.next_group | (pass_end & last["oc"])
            with m.If(start | slot.walked):
                m.d.sync += [second.eq(0), self.waits.eq(0)]
            with m.Elif(pass_end):
                m.d.sync += [second.eq(1), self.waits.eq(second)]
        self.second, self.past = second, past
        # Even and odd passes have their weights in two banks; or both rows of a pair have.
        odd = Signal()
        switches = pass_end | (slot.restart & (not self.shared))
        with m.If(start | switches):
            m.d.sync += odd.eq(~start & ~odd)
        self.odd = self.half if self.paired else odd
        with m.If(start):
            m.d.sync += self.running.eq(1)
        if self.packed:
            ends = slot.walked & (past | (inner & last_pass))
            self.assume("with packed tiles the walk restarts at the layer's end only",
                        ~(slot.restart & self.current) | ends)
            with m.Elif(ends):  # nothing is claimed of what follows
                m.d.sync += self.running.eq(0)

    def step(self, m, name, restart, step):
        """A counter that goes on, and begins again after its last round."""
        with m.If(restart | (step & self.last[name])):
            m.d.sync += self.plain[name].eq(0)
        with m.Elif(step):
            m.d.sync += self.plain[name].eq(self.plain[name] + 1)

    def places(self, m):
        """x, y and the address of that pixel."""
        layer, start, goes_on = self.layer, self.start, self.goes_on
        self.group = group = Signal(self.config.addr_bits)  # where the group's first pixel lies
        first = Mux(start, layer.act_base, Mux(self.next_group, group + layer.delta_g, group))
        first = first[: len(group)]
        m.d.sync += group.eq(first)
        deltas = {name: layer[f"delta_{name}"] for name in LOOPS}
        last = {name: self.last[name] for name in LOOPS}
        if self.paired:
            deltas, last = {"half": layer.delta_pair} | deltas, {"half": self.half} | last
        address = NestedPlaces(
            self, m, deltas=deltas, first=first, restart=self.again, goes_on=goes_on, last=last,
            in_use=self.running & self.current & self.valid,
        )
        at = {name: Signal(self.config.size_bits, name=f"at_{name}") for name in ("x", "y")}
        for name, loop, restarts in (
            ("x", "ox", goes_on["n"]), ("y", "oy", goes_on["ox"] | goes_on["n"])
        ):
            with m.If(self.again | restarts):
                m.d.sync += at[name].eq(layer[f"first_{name}"])
            with m.Elif(goes_on[loop]):
                m.d.sync += at[name].eq(at[name] + layer[f"stride_{name}"])
        return at | {"base": address.place}

    def relate(self, inside, step, at):
        """How the registers hang together: what induction must know beside the claims."""
        layer, running = self.layer, self.running & self.current
        blocks = {name: f"counter.{name}" for name in LOOPS}
        if self.packed:
            blocks |= {name: f"counter.passes.{name}" for name in PASS_LOOPS}
        for name, block in blocks.items():
            count, plain = self.counts[name], self.plain[name]
            self.claim(f"the register of {name} holds the rounds that remain",
                       ~running | (inside[f"{block}.remaining"] == count - plain))
            self.claim(f"{name} has rounds left",
                       ~running | (plain <= (count + 1).as_unsigned()))
        done = inside["counter.done"]
        if self.packed:
            # Rows that are left over in the last tile count on. They may come to the end of a pass
            # that does not exist; then the walk waits.
            self.claim("the walk knows whether it is past the last pixel", ~running | Mux(
                self.past, self.second & (done | self.waits), ~done))
        else:
            self.claim("the walk knows whether it is past the last pixel",
                       ~running | (done == self.past))
        if self.config.pack_edges:
            for name, plain in (("waits", self.waits), ("odd", self.odd)):
                self.claim(f"passes agree: {name}",
                           ~running | (inside[f"counter.passes.{name}"] == plain))
            if self.packed:
                self.claim("a tile's second pass is known",
                           ~running | (inside["counter.passes.second"] == self.second))
        # The addresses follow the counters a cycle later, by what a step's registers say.
        first, following = inside["address.first"], inside["address.next_first"]
        group, delta_g = self.group, layer.delta_g
        group_first = Mux(step.start, layer.act_base, following)
        origin = Mux(step.next_group, group_first, first)
        following = Mux(step.next_group, group_first + delta_g, following)[: len(group)]
        self.claim("the group's first address follows", ~running | (origin == group))
        self.claim("the next group's first address follows",
                   ~running | (following == (group + delta_g)[: len(group)]))
        added = {"x": layer.stride_x, "y": layer.stride_y, "base": step.delta}
        begins = {"x": layer.first_x, "y": layer.first_y, "base": origin}
        for name, place in at.items():
            now = inside[f"address.{name}"]
            moved = Mux(getattr(step, f"renew_{name}"), begins[name], now + added[name])
            later = Mux(getattr(step, f"go_{name}"), moved, now)[: len(now)]
            self.claim(f"{name} follows", ~(running & ~self.past) | (later == place))
