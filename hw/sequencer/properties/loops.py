"""`LoopNest` against plain counters."""

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.sequencer.loopnest import LOOPS, LoopNest
from convolith.model.options.config import ArrayConfig

__all__ = ["Loops"]

LOOPNEST = "hw.sequencer.loopnest"
TILE = LOOPS.index("px")


class Loops(Property):
    """A layer with any number of rounds in each loop; room comes when it likes."""

    name = "loops"
    says = ("the loop nest runs every slot of every step and tile of a layer once and in order, "
            "stops only between tiles and only without room, and says which loops end")
    sizes = [
        {"rows": 1, "shared": 0}, {"rows": 2, "shared": 0}, {"rows": 3, "shared": 0},
        {"rows": 8, "shared": 0}, {"rows": 4, "shared": 1},
    ]
    fast = [{"rows": 3, "shared": 0}, {"rows": 4, "shared": 1}]
    method = Induction(k=1)
    planted = (
        Planted(LOOPNEST, "self.room & (self.start |", "(self.start |"),
        Planted(LOOPNEST, "(tile_end & ~layer_end)", "tile_end"),
        Planted(LOOPNEST, "with m.If(self.start | layer_end):", "with m.If(self.start):"),
        Planted(LOOPNEST, "with m.If(~self.active | tile_end):", "with m.If(1):"),
        Planted(LOOPNEST, "self.first_step.eq(self.start | tile_end)",
                "self.first_step.eq(self.start)"),
        Planted(LOOPNEST, "self.last_step.eq(lasts[0] & lasts[1] & lasts[2])",
                "self.last_step.eq(lasts[0] & lasts[1])"),
        Planted(LOOPNEST, "self.slot == slots - 2", "self.slot == slots - 1", at={"rows": 3},
                slow=True),
        Planted("hw.dataflow.shared.dataflow",
                "Mux(last_phase, slot == self.layer.last_columns, slot == self.layer.columns)",
                "slot == self.layer.columns", at={"shared": 1}),
        Planted("hw.sequencer.countdown", "inside = inside & loop.last", "inside = loop.last"),
        Planted("hw.sequencer.countdown", "known.eq(Cat(lasts).all())", "known.eq(loop.last)",
                at={"rows": 2}),
    )

    @property
    def traces(self):
        return 2 * self.size["rows"] + 12

    def build(self, m, platform):
        shared = bool(self.size["shared"])
        self.config = config = ArrayConfig(rows=self.size["rows"], cols=2, depthwise=shared)
        layer = self.free(register_layout(config), "layer")
        start, room = self.free(1, "start"), self.free(1, "room")
        flows = dataflows(config, layer)
        nest = LoopNest(config, layer, start, room, flows)
        inside = Opened(m, "nest", nest, platform)
        counts = {name: layer[f"{name}_count"] for name in LOOPS}

        running = Signal()  # a layer has started, and its last slot is still to come
        began = self.before(m, start, "began")
        plain = {name: Signal(len(count), name=f"plain_{name}") for name, count in counts.items()}
        slots: int | Value = config.slots
        if shared:  # registers say how many, for the last round of ky apart
            last_phase = plain["ky"] == (counts["ky"] + 1).as_unsigned()
            slots = Mux(last_phase, layer.last_columns, layer.columns) + 2
        slot = Signal(config.slot_bits + 1, name="plain_slot")
        step_end = nest.active & (slot == slots - 1)
        ends, inner = [], step_end
        for name, count in counts.items():
            last = plain[name] == (count + 1).as_unsigned()
            ends.append(inner)
            with m.If(start | (inner & last)):
                m.d.sync += plain[name].eq(0)
            with m.Elif(inner):
                m.d.sync += plain[name].eq(plain[name] + 1)
            inner = inner & last
        with m.If(nest.active):
            m.d.sync += slot.eq(Mux(step_end, 0, slot + 1))
        m.d.sync += running.eq(start | (running & ~inner))

        legal = Cat(count >= -1 for count in counts.values()).all()
        if shared:
            most = (1 << config.slot_bits) - 2
            legal = legal & (layer.columns < most) & (layer.last_columns < most)
        self.assume("a loop has a round or more, and a step's slots can be counted",
                    ~start | legal)
        self.claim("the layer is such a layer", ~running | legal)
        self.assume("a layer's registers stay while it runs",
                    ~(running | nest.busy | nest.active)
                    | (layer.as_value() == self.before(m, layer, "layer_before")))
        self.assume("the layer port starts a layer when the one before has ended",
                    ~(start & (nest.busy | nest.active | began)))
        lasts = [
            plain[name] == (count + 1).as_unsigned() for name, count in counts.items()
        ]
        active = nest.active
        self.claim("a layer is busy until its last slot", nest.busy == running)
        self.claim("slots run only in a layer", ~active | running)
        self.claim("a tile starts only with room", ~nest.take | room)
        self.claim("after a slot that does not end a tile comes the next",
                   ~self.before(m, active & ~ends[TILE] & ~ResetSignal(), "within") | active)
        self.claim("a tile runs if it has taken its room",
                   ~self.before(m, nest.take & ~ResetSignal(), "taken") | active)
        self.claim("a tile that ends is followed only if the next one has taken its room",
                   ~self.before(m, ends[TILE] & ~nest.take, "ended") | ~active)
        self.claim("a tile waits only without room, or for the layer's start",
                   nest.take | ~running | ~room | (active & ~ends[TILE])
                   | (active & inner))
        self.claim("the slot is right", ~active | (nest.slot == slot))
        self.claim("a step's last slot is right", nest.step_end == step_end)
        self.claim("the loops end where plain counters end", nest.wrap == Cat(ends))
        self.claim("flags are right", ~active | (
            (nest.first_step == ~Cat(plain[name] for name in LOOPS[:TILE]).any())
            & (nest.last_step == (lasts[0] & lasts[1] & lasts[2]))
            & (nest.last_phases == (lasts[0] & lasts[2]))
            & (Cat(nest.last_px, nest.last_oc, nest.last_g) == Cat(lasts[TILE:]))
        ))
        self.relate(m, inside, running=running, counts=counts, plain=plain, slot=slot, slots=slots,
                    nest=nest, lasts=lasts)
        self.reach("a tile waits, and the next one does not", nest.take & active & ends[TILE])
        self.reach("a layer ends", inner & Cat(plain.values()).any())
        self.reach("a tile waits for room", running & ~active & ~room & ~began & plain["px"].any())

    def relate(self, m, inside, *, running, counts, plain, slot, slots, nest, lasts):
        """How the registers hang together: what induction must know beside the claims."""
        self.claim("first step", ~running | (
            nest.first_step == ~Cat(plain[name] for name in LOOPS[:TILE]).any()))
        self.claim("no slot beyond the last", slot < slots)
        self.claim("without a slot the count rests", nest.active | (slot == 0))
        # The block has members of the same names as some of these registers.
        members = (nest.last_px, nest.last_oc, nest.last_g)
        known = [
            signal for name in counts for signal in inside.signals.get(f"last_{name}", ())
            if not any(signal is member for member in members)
        ]
        fresh = ~nest.active | (slot == 0)  # the loops may have gone on in the cycle before
        for i, (name, count) in enumerate(counts.items()):
            register = inside[f"{name}.remaining"]
            self.claim(f"the register of {name} holds the rounds that remain",
                       ~running | (register == count - plain[name]))
            self.claim(f"{name} has rounds left",
                       ~running | (plain[name] <= (count + 1).as_unsigned()))
            if self.config.slots > 1:
                self.claim(f"the next value of {name} is known from a step's second slot on",
                           ~running | fresh | (inside[f"{name}.ahead"] == register - 1))
                self.claim(f"it is known from a step's second slot on whether {name} ends",
                           ~running | fresh
                           | (known[i] == Cat(lasts[: i + 1]).all()))
        if self.config.slots > 1:
            self.claim("the last slot is known in a register",
                       inside["last_slot"] == (nest.active & (slot == slots - 1)))
            self.claim("slots agree", nest.slot == slot)
