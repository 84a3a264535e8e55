"""`Core`: no block needs a layer's registers any more when the layer port opens."""

from itertools import pairwise
from typing import Any

from amaranth.hdl import *

from convolith.hw.array.pe import pe_latency
from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.cells.parts import parts_of
from convolith.hw.core import Core
from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.layouts.registers import register_layout
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.dataflow.cycles import OPERANDS, array_latency, exit_latency, output_rows
from convolith.model.dataflow.dataflow import WEIGHT_BANKS
from convolith.model.options.config import ArrayConfig
from convolith.model.options.shared_words import most_line_delay
from convolith.model.options.units import memories

__all__ = ["RegistersStay"]

CORE, RESULTS, ACTIVATIONS = "hw.core", "hw.result_path", "hw.fetch.activations"
NOTHING_ADDED = {"bias_words": 0, "sum_words": 0}
ARRAYS: dict[str, dict[str, Any]] = {
    "plain": {"depthwise": False, **NOTHING_ADDED},
    "plain, adds": {"depthwise": False},
    "shared": NOTHING_ADDED,
    "shared, adds": {},
    "packed": {"depthwise": False, "pack_edges": True, **NOTHING_ADDED},
    "packed, adds": {"depthwise": False, "pack_edges": True},
    "packed, shared": {"pack_edges": True, **NOTHING_ADDED},
    "all, adds": {"pack_edges": True},
    "lanes": {"depthwise": False, "post_lanes": 1},
    "lanes, shared": {"post_lanes": 1, "store_results": True},
}
LARGER = ("plain, adds", "shared, adds")
"""Arrays that are proved in more sizes."""

PADDED = OPERANDS - 2  # from a slot's cycle to the one in which its word is replaced by padding
BEHIND = 2  # cycles in which results are stored after the last one has left the lanes
TWO_LINES = {"array": "shared, adds", "rows": 4}


class RegistersStay(Property):
    """The whole core, without what the claims do not need.

    The loop nest, the slots' decoder and the delays between lines are replaced by what `loops`,
    `slots` and `line_delay` say of them, and the stage behind the output FIFO by what `streams`
    says. Tiles start, and rows end, whenever these allow it; the registers have any values.
    """

    name = "registers_stay"
    says = ("a layer's registers stay as long as the loop nest, the walker, the addresses, the "
            "bounds check, the padding, the weights, rows on their way and the lanes need them, "
            "and until then no other layer starts")
    sizes = [
        {"array": array, "rows": rows, "dot": dot, "beats": beats}
        for array in ARRAYS
        for rows, dot, beats in (
            (2, 1, 1), (1, 1, 1), (3, 1, 1), (4, 1, 1), (8, 1, 1), (2, 4, 1), (2, 1, 4))
        if rows > 1 or "shared" not in array and "all" not in array
        if array in LARGER or (rows < 4 and dot == beats == 1)
    ]
    fast = [{"array": "plain", "rows": 2, "dot": 1, "beats": 1},
            {"array": "shared, adds", "rows": 2, "dot": 1, "beats": 1}]
    method = Induction(k=1, traces=40)
    planted = (
        Planted(CORE, "nest.busy | nest.active | results.in_use", "nest.busy | nest.active"),
        Planted(CORE, "nest.busy | nest.active | results.in_use", "results.in_use"),
        Planted(RESULTS, "return slots(OPERANDS)", "return slots(BOUNDS_CHECK)",
                at={"array": "plain"}),
        Planted(RESULTS, "in_flight.any | slots(BOUNDS_CHECK) if late else in_flight.any",
                "in_flight.any", at={"array": "shared"}),
        Planted(RESULTS, "in_flight.any | slots(BOUNDS_CHECK) if late else in_flight.any",
                "in_flight.any | slots(BOUNDS_CHECK - 1)", at={"array": "shared"}, slow=True),
        Planted(RESULTS, "in_flight.any | slots(BOUNDS_CHECK) if late else in_flight.any",
                "slots(BOUNDS_CHECK)", at=TWO_LINES, slow=True),
        Planted(RESULTS, "self.active, cycles + slot_delay", "self.active, cycles",
                at={"array": "shared"}, slow=True),
        Planted(RESULTS, "late = any(flow.late_registers for flow in self.flows)", "late = False",
                at={"array": "shared"}, slow=True),
        Planted(RESULTS, "self.needed(m, platform, rows.done) | busy",
                "self.needed(m, platform, rows.done)", at={"array": "lanes"}),
        Planted(RESULTS, "take=self.take, done=done", "take=self.active, done=done",
                at={"array": "plain, adds"}),
        Planted("hw.sequencer.rows_in_flight", "Mux(self.take, self.rows, 0)",
                "Mux(self.take, self.rows - 1, 0)", at={"array": "plain, adds", "rows": 3}),
        Planted("hw.sequencer.layer_port", "~(accepted | starting | self.in_use)",
                "~(accepted | self.in_use)"),
        Planted(ACTIVATIONS, 'delayed(m, slot, 1, name="slot")',
                'delayed(m, slot, 2, name="slot")', at={"array": "shared"}, slow=True),
    )

    def __init__(self, size):
        super().__init__(size)
        self.config = ArrayConfig(**{
            "rows": size["rows"], "cols": 1, "dot": size["dot"],
            "lanes": size["dot"] * size["beats"], "act_bits": 2, "weight_bits": 2, "acc_bits": 8,
            "addr_bits": 4, "size_bits": 4, "act_words": 2, "weight_words": 2, "bias_words": 2,
            "sum_words": 2, **ARRAYS[size["array"]],
        })
        self.late = self.config.shares_words
        flows = dataflows(self.config, Signal(register_layout(self.config)))
        starts = [row for flow in flows for row in flow.line_starts()]
        self.starts = [0, *starts, self.config.rows]  # rows that begin a line, and the end
        self.cut = (
            "core.nest", "core.slot_register", "core.activations.walker", "core.activations.table",
            "core.results.post", "core.array.settled",
            *(f"core.array.line_delay_{line}" for line in range(1, len(starts) + 1)),
        )

    def build(self, m, platform):
        config = self.config
        core = Core(config)
        self.inside = inside = Opened(m, "core", core, platform)
        m.d.comb += [
            core.i_layer.valid.eq(self.free(1, "valid")),
            core.i_layer.payload.eq(self.free(register_layout(config), "offered")),
        ]
        self.layer = layer = register_layout(config)(inside["port.layer"])
        self.start = start = inside["port.starting"]
        flows = dataflows(config, layer)
        layout = slot_layout(config, flows)
        self.slot = slot = layout(Cat(inside[f"slot_register.{name}"] for name, _ in layout))
        self.shares = layer.shared_words if self.late else C(0)
        # From the layer's start until its registers may change.
        self.there = there = Signal(name="there")
        m.d.sync += there.eq((start | there) & ~inside["port.open"])
        # What was in the slot's register so many cycles ago. Then the slot waits for its blocks.
        self.delay = delay = array_latency(config) - pe_latency(config, platform)
        flags = bundle(active=slot.active, weights=slot.weights, end=slot.tile_end,
                       plain=slot.active & ~self.shares)
        self.old = old = delayed(m, flags, delay + OPERANDS + max(2, config.rows), name="old")
        self.rows = self.rows_on_their_way(m)
        self.assume_blocks(m)

        self.claim("registers stay from a layer's start until the port is open", ~there | (
            layer.as_value() == self.before(m, layer, "layer_before")))
        self.age = age = Signal(2)  # cycles since a reset: some registers have none
        m.d.sync += age.eq(Mux(age.all(), age, age + 1))
        banks = [name for name in WEIGHT_BANKS if name in memories(config)]
        needs = {
            "the loop nest runs": inside["nest.busy"] | inside["nest.active"],
            "slots are decoded": slot.active,
            "the walker goes on": old[delay].active,
            "offsets go on": old[delay + 1].active,
            "coordinates are compared with the image": inside["activations.address.valid"]
            & (age > 1),
            "weights are read": Cat(getattr(core, bank).en for bank in banks).any(),
            "padding comes in the place of a word that rows take":
                old[delay + PADDED].weights | old[delay + PADDED].plain,
        }
        if self.counted:
            needs["rows are on their way"] = self.rows != 0
        if config.post_lanes:
            self.results = delayed(m, inside["results.post.busy"], BEHIND, name="results")
            needs["results leave the lanes, or are stored"] = Cat(self.results).any()
        for what, needed in needs.items():
            self.claim(f"registers stay while {what}", ~needed | there)
            self.claim(f"no layer starts while {what}", ~(needed & start))
        self.relate(m)
        again = Signal()
        m.d.sync += again.eq(again | start)
        self.reach("a second layer starts, after a tile", start & again & self.seen_tile)

    @property
    def counted(self) -> bool:
        """Rows on their way need the registers."""
        return self.config.adds or self.late

    def rows_on_their_way(self, m) -> Value:
        """Rows of tiles that have taken their room, and that are not done yet."""
        config, inside, rows = self.config, self.inside, self.config.rows
        # Tiles whose last weights are still to come in the slot's register.
        self.tiles = Signal(2, name="tiles")
        m.d.sync += self.tiles.eq(self.tiles + inside["nest.take"] - self.slot.tile_end)
        self.seen_tile = Signal()
        with m.If(self.slot.tile_end):
            m.d.sync += self.seen_tile.eq(1)
        wait = parts_of(inside["weights.weight_slot_delayed"],
                        len(inside["weights.weight_slot_delayed"]) // OPERANDS)
        self.consumed = [stage[:2] for stage in wait]  # weights, and a tile's last ones
        held = slot_layout(config, dataflows(config, self.layer))(inside["slot_delay_delayed"])
        self.held = bundle(active=held.active, weights=held.weights, end=held.tile_end)
        total = self.tiles * rows
        for end in (self.held.end, *(stage[1] for stage in self.consumed[:-1])):
            total = total + Mux(end, rows, 0)
        last, self.completes = self.consumed[-1][1], []
        self.changes = self.known = C(0)
        if len(self.starts) > 2:
            self.most = most_line_delay(self.config)
            self.known = Signal.like(self.layer.line_delay)
            self.changes = self.known != self.layer.line_delay
            m.d.sync += self.known.eq(self.layer.line_delay)
        for line, (first, end) in enumerate(pairwise(self.starts)):
            lasts = [last, *inside[f"array.last_{line}_delayed"]]
            for row in range(first, end):
                total = total + Mux(lasts[row - first], rows - row, 0)
                self.completes.append(lasts[row - first])
            if end < rows:
                within, last = self.next_line(m, line + 1, lasts[end - first])
                total = total + sum(within) * (rows - end)
        # Rows that have completed, and whose sums are on their way: the lowest bit of each flag.
        if config.adds:
            latency = pe_latency(config, None) + exit_latency(config)
            flags = inside["results.adder.row_delayed"]
            self.done = [flag[0] for flag in parts_of(flags, len(flags) // latency)]
        else:
            self.done = [flag[0] for flag in parts_of(inside["array.flags_delayed"], 3)]
        return total + sum(self.done)

    def next_line(self, m, line, down) -> tuple[list[Value], Value]:
        """Ends of sums between two lines of a patch, and the one that comes out."""
        fresh = Signal(self.most, name=f"fresh_{line}")
        m.d.sync += fresh.eq(Mux(self.changes, 0, Cat(down, fresh)))
        ends = Cat(down, fresh)
        # The structure that goes down has ``first`` in the lowest bit, and then ``last``.
        out = self.inside[f"array.line_delay_{line}.o"][1] & self.inside["array.settled.o"]
        self.assume("an end of sums goes on once, line_delay cycles later: `line_delay`",
                    out == ends.bit_select(self.known, 1))
        return [ends[k] & (k < self.known) for k in range(self.most)], out

    def assume_blocks(self, m):
        """What other properties say of the blocks that are cut."""
        config, inside, slot, tiles, old = self.config, self.inside, self.slot, self.tiles, self.old
        busy, active, take = (inside[f"nest.{name}"] for name in ("busy", "active", "take"))
        started, was_busy, was_active = (
            delayed(m, value, 1, name=name)[-1] for name, value in
            (("started", self.start), ("was_busy", busy), ("was_active", active)))
        self.assume("a layer is busy from its start on: `loops`", ~started | busy)
        self.assume("a layer is busy until its last slot: `loops`",
                    ~busy | started | was_busy)
        self.assume("slots run only in a layer: `loops`", ~active | busy)
        self.assume("a tile starts only in a layer: `loops`", ~take | busy)
        self.assume("a slot is decoded a cycle later: `slots`", slot.active == was_active)
        self.assume("weights are consumed in slots: `slots`", ~slot.weights | slot.active)
        self.assume("a tile ends with its last weights: `slots`", ~slot.tile_end | slot.weights)
        self.assume("weights are consumed up to a tile's last ones, which come once: `slots`",
                    ~slot.weights | (tiles != 0))
        self.assume("a tile starts in the last slot of the one before: `loops`",
                    tiles <= 1 + slot.tile_end)
        self.assume("tiles have ended when the nest has: `loops`",
                    busy | active | (tiles == slot.tile_end))
        idle = config.slots - config.beats
        self.assume("a plain layer's tile has so many slots after its last weights: `slots`",
                    ~slot.active | self.shares | (tiles != 0)
                    | Cat(flag.end for flag in old[1 : idle + 1]).any())
        if self.counted:
            self.assume("a tile starts only with room: `room`",
                        ~take | (self.rows + config.rows <= output_rows(config)))
            self.assume("only one row completes at a time: `mesh`, and the line delay",
                        sum(self.completes) <= 1)
        if config.post_lanes:
            post = inside["results.post.busy"]
            was = delayed(m, post, 1, name="was_post_busy")[-1]
            self.assume("the stage is busy from a layer's start to its last result: `streams`",
                        ~post | started | was)

    def relate(self, m):
        """How the registers hang together: what induction must know beside the claims."""
        config, inside, old, delay = self.config, self.inside, self.old, self.delay
        in_use = inside["$signal"]
        was_in_use = delayed(m, in_use, 2, name="was_in_use")
        self.claim("the port is open a cycle after the last use", ~inside["port.open"]
                   | ~(in_use | was_in_use[1]))
        for cycles, was in enumerate(was_in_use):
            self.claim(f"registers stay for {cycles} cycles after their use", ~was | self.there)
        if config.post_lanes:
            for cycles, (post, used) in enumerate(zip(self.results, was_in_use, strict=True)):
                self.claim(f"the stage of {cycles} cycles ago was in use", ~post | used)
        self.claim("the port is ready only while it is open",
                   ~inside["port.ready"] | inside["port.open"])
        self.claim("the port is closed when a layer starts", ~(inside["port.open"] & self.start))
        self.claim("slots wait for their blocks",
                   self.held.as_value() == old[delay].as_value()[:3])
        late = slot_layout(config, dataflows(config, self.layer))(
            inside["activations.slot_delayed"][: len(self.slot.as_value())])
        self.claim("so do the activations' slots", late.active == old[delay + 1].active)
        self.claim("a word is wanted in a slot",
                   ~inside["activations.$signal"] | old[delay + 2].active
                   | (self.age < 1))
        self.claim("its pixel is valid a cycle later",
                   ~inside["activations.address.valid"] | old[delay + 3].active
                   | (self.age < 2))
        for cycles, flag in enumerate(old[1:], start=1):
            self.claim(f"{cycles} cycles ago weights were those of a slot",
                       (~flag.end | flag.weights) & (~(flag.weights | flag.plain) | flag.active)
                       & (flag.plain | ~flag.active | self.late))
        for cycles, stage in enumerate(self.consumed, start=1):
            flag = old[delay + cycles]
            self.claim(f"weights' slots wait {cycles} cycles", stage == Cat(flag.weights, flag.end))
        if "results.active_delayed" in inside.signals:
            for cycles, was in enumerate(inside["results.active_delayed"], start=1):
                self.claim(f"slots are counted for {cycles} cycles", was == old[cycles].active)
                for ago, used in enumerate(was_in_use[1:], start=1):
                    self.claim(f"the slot of {cycles} cycles before was in use {ago} cycles ago",
                               ~old[cycles + ago].active | used)
        if not self.counted:
            return
        if "results.in_flight.remaining" in inside.signals:
            self.claim("the register holds the rows on their way, minus one",
                       inside["results.in_flight.remaining"] + 1 == self.rows)
        self.claim("there is room for the rows on their way", self.rows <= output_rows(config))
        line = self.starts[1]
        for row, complete in enumerate(self.completes[:line]):
            self.claim(f"row {row} completes in its cycle",
                       complete == old[delay + OPERANDS + row].end)
        for cycles, done in zip(range(line, config.rows), self.done, strict=False):
            self.claim(f"the first line's last row has completed {cycles} cycles after row 0",
                       ~old[delay + OPERANDS + cycles].end | done)
        self.claim("the line delay stays", ~self.there | ~self.changes)
        idle = config.slots - config.beats
        for cycles in range(1, delay + PADDED + 1):
            ends = [flag.end for flag in old[: cycles + idle + 1]]
            self.claim(f"weights of {cycles} cycles ago belong to a tile", ~old[cycles].weights
                       | (self.tiles != 0) | Cat(ends[: cycles + 1]).any())
            self.claim(f"a plain slot of {cycles} cycles ago belongs to a tile",
                       ~old[cycles].plain | (self.tiles != 0) | Cat(ends).any())
