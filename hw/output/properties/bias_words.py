"""`RowCounter`, `BiasReader` and `RowStarts` against counters of tiles, outputs and passes."""

from typing import Any

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.output.bias import BiasReader
from convolith.hw.output.completion import Completion
from convolith.hw.output.row_counter import RowCounter
from convolith.hw.output.row_starts import RowStarts
from convolith.hw.ports import ReadPort
from convolith.hw.properties.layers import Layers, is_of_kind
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.options.config import ArrayConfig

__all__ = ["BiasWords"]

BIAS, COUNTER, STARTS = "hw.output.bias", "hw.output.row_counter", "hw.output.row_starts"
LATER = 2  # cycles from a row's completion to what begins with it; as many as one likes
ARRAYS: dict[str, dict[str, Any]] = {
    "dense": {"rows": 3, "depthwise": False}, "packed": {"rows": 3, "pack_edges": True},
    "groups": {"rows": 4, "cols": 2, "dot": 2, "lanes": 8},
}
"""``groups``: lanes of shared words in two groups, each with a bias of its own."""


class BiasWords(Property):
    """Rows complete when they like, with an output or without; a layer has any number of them.

    ``layer`` is the layer's dataflow, one of those that the array has.
    """

    name = "bias_words"
    says = ("each row with an output reads the bias word of its pass, or of its pass and lane "
            "group; words of passes follow each other; and it is known with the row, LATER cycles "
            "later, whether a pass, a tile or a lane group begins with it")
    sizes = [
        {"array": array, "layer": layer, "addr_bits": addr_bits}
        for addr_bits in (6, 20)
        for array, layer in (("dense", "plain"), ("packed", "plain"), ("packed", "packed"),
                             ("groups", "plain"), ("groups", "shared"))
    ]
    fast = [size for size in sizes if size["addr_bits"] == 6]
    method = Induction(k=1, traces=14)
    planted = (
        Planted(BIAS, "row.pass_ends & row.pass_last", "row.pass_ends"),
        Planted(BIAS, "first.eq(first + words)", "first.eq(first + 1)", at={"layer": "shared"}),
        Planted(BIAS, "en=row.completion.valid", "en=row.completion.done"),
        Planted(COUNTER, "self.in_tile == self.config.rows - 1", "self.in_tile == 1"),
        Planted(COUNTER, "Mux(tile_end, 0, self.in_tile + 1)", "self.in_tile + 1"),
        Planted("hw.dataflow.packed.dataflow", "self.packs & completion.valid", "completion.done",
                at={"layer": "packed"}),
        Planted("hw.dataflow.shared.dataflow", "Mux(in_tile >= row, g, group)",
                "Mux(in_tile > row, g, group)", at={"layer": "shared"}),
        Planted(STARTS, "new_pass.eq(self.start | row.pass_last)", "new_pass.eq(row.pass_last)"),
        Planted(STARTS, "with m.If(self.start | row.pass_ends):", "with m.If(self.start):"),
        Planted(STARTS, "row.pass_begins & new_pass", "new_pass"),
        Planted("hw.dataflow.packed.dataflow", "begins=row.begins | self.packs",
                "begins=row.begins", at={"layer": "packed"}),
        Planted("hw.dataflow.shared.dataflow", "start | (self.shares & Cat(", "start | (0 & Cat(",
                at={"layer": "shared"}),
    )

    def build(self, m, platform):
        kind = self.size["layer"]
        geometry = {"cols": 1} | ARRAYS[self.size["array"]]
        config = ArrayConfig(act_words=16, weight_words=16, bias_words=16,
                             addr_bits=self.size["addr_bits"], **geometry)
        layer = self.free(register_layout(config), "layer")
        start, done, valid = (self.free(1, name) for name in ("start", "done", "valid"))
        flows = dataflows(config, layer)
        row = RowCounter(config, layer, start=start, flows=flows, completion=Completion(
            done=done, valid=valid, final=C(0), begins=valid, ends=valid, second=C(0, 0)))
        port = ReadPort(config.addr_bits, config.sums_bits).create(path=("bias",))
        rows = Opened(m, "rows", row, platform)
        block = BiasReader(layer, start=start, row=row, port=port, later=0, flows=flows)
        bias = Opened(m, "bias", block, platform)
        starts = RowStarts(start=start, row=row, later=LATER, flows=flows)
        begun = Opened(m, "starts", starts, platform)
        # A pass ends with a number of tiles, or of outputs if tiles are packed.
        packed = kind == "packed"
        count = layer.pixel_count if packed else layer.px_count
        current = Layers(
            self, m, registers=layer, start=start, needed=done,
            kind=is_of_kind(layer, kind) & (count >= -1),
        ).current
        place = Signal(range(config.rows))
        plain, number = Signal(len(count)), Signal(config.addr_bits)
        tile_end = done & (place == config.rows - 1)
        part_end = valid if packed else tile_end
        last = plain == (count + 1).as_unsigned()
        with m.If(done):
            m.d.sync += place.eq(Mux(tile_end, 0, place + 1))
        with m.If(start):
            m.d.sync += [plain.eq(0), number.eq(0)]
        with m.Elif(part_end):
            m.d.sync += plain.eq(Mux(last, 0, plain + 1))
            m.d.sync += number.eq(number + last)
        self.assume("a row with an output completes", ~valid | done)
        self.assume("a layer starts with a tile: `registers_stay`", ~start | (place == 0))

        groups = config.lane_groups if kind == "shared" else 1
        group = place // (config.rows // groups) if groups > 1 else C(0)
        word = layer.bias_base + number * groups + group
        self.claim("a row with an output reads a word, and no other row does", port.en == valid)
        self.claim("the word is that of the row's pass and lane group",
                   ~(current & valid) | (port.address == word[: config.addr_bits]))
        self.claim("the row's number is right", row.in_tile == place)
        new_pass = (plain == 0) if packed else (plain == 0) & (place == 0)
        new_group = (place % (config.rows // groups) == 0) & (place != 0) if groups > 1 else C(0)
        outputs = self.history(m, current & valid & ~ResetSignal(), LATER, "output")
        begins = self.history(m, Cat(new_pass, place == 0, new_group), LATER, "begins")
        self.claim("it is known with the row what begins with it",
                   ~outputs[-1] | (starts.o.as_value() == begins[-1]))
        for cycles, (output, known) in enumerate(zip(outputs, begins, strict=True)):
            self.claim(f"what begins waits for the row {cycles + 1} cycles", ~output | (
                begun["starts_delayed"].word_select(cycles, len(known)) == known))
        # What induction must know beside that.
        counter = "pixels" if packed else "px"
        self.claim("the register holds the parts that remain",
                   ~current | (rows[f"{counter}.remaining"] == count - plain))
        self.claim("parts are left", ~current | (plain <= (count + 1).as_unsigned()))
        self.claim("it is known that the next row begins a pass", ~current | (
            begun["new_pass"] == (plain == 0)))
        self.claim("the pass's first word is known", ~current | (
            bias["first"] == (layer.bias_base + number * groups)[: config.addr_bits]))
        self.reach("the second pass is in its second part", current & valid & (number == 1)
                   & (plain == 1))
        self.reach("a row has no output", current & done & ~valid)
