"""`RowCounter` and `BiasReader` against counters of tiles, outputs and passes."""

from typing import Any

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.output.bias import BiasReader
from convolith.hw.output.completion import Completion
from convolith.hw.output.row_counter import RowCounter
from convolith.hw.ports import ReadPort
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.options.config import ArrayConfig

__all__ = ["BiasWords"]

BIAS, COUNTER = "hw.output.bias", "hw.output.row_counter"
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
            "group; words of passes follow each other")
    sizes = [
        {"array": array, "layer": layer, "addr_bits": addr_bits}
        for addr_bits in (6, 20)
        for array, layer in (("dense", "plain"), ("packed", "plain"), ("packed", "packed"),
                             ("groups", "plain"), ("groups", "shared"))
    ]
    fast = [size for size in sizes if size["addr_bits"] == 20]
    method = Induction(k=1, traces=14)
    planted = (
        Planted(BIAS, "row.pass_ends & row.pass_last", "row.pass_ends"),
        Planted(BIAS, "first.eq(first + words)", "first.eq(first + 1)", at={"layer": "shared"}),
        Planted(BIAS, "self.port.en.eq(row.completion.valid)",
                "self.port.en.eq(row.completion.done)"),
        Planted(COUNTER, "self.in_tile == self.config.rows - 1", "self.in_tile == 1"),
        Planted(COUNTER, "Mux(tile_end, 0, self.in_tile + 1)", "self.in_tile + 1"),
        Planted("hw.dataflow.packed.dataflow", "self.packs & completion.valid", "completion.done",
                at={"layer": "packed"}),
        Planted("hw.dataflow.shared.dataflow", "Mux(in_tile >= row, g, group)",
                "Mux(in_tile > row, g, group)", at={"layer": "shared"}),
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
        bias = Opened(m, "bias", BiasReader(layer, start=start, row=row, port=port, flows=flows),
                      platform)
        chosen = {"packed_tiles": "packed", "row_pairs": "paired", "shared_words": "shared"}
        for option, of in chosen.items():
            if option in layer.shape().members:
                self.assume("the layer has one dataflow", layer[option] == (kind == of))

        # A pass ends with a number of tiles, or of outputs if tiles are packed.
        packed = kind == "packed"
        count = layer.pixel_count if packed else layer.px_count
        running, place = Signal(), Signal(range(config.rows))
        plain, number = Signal(len(count)), Signal(config.addr_bits)
        tile_end = done & (place == config.rows - 1)
        part_end = valid if packed else tile_end
        last = plain == (count + 1).as_unsigned()
        with m.If(done):
            m.d.sync += place.eq(Mux(tile_end, 0, place + 1))
        with m.If(start):
            m.d.sync += [running.eq(1), plain.eq(0), number.eq(0)]
        with m.Elif(part_end):
            m.d.sync += plain.eq(Mux(last, 0, plain + 1))
            m.d.sync += number.eq(number + last)
        self.assume("a layer's registers stay until the next one starts", ~running | start
                    | (layer.as_value() == self.before(m, layer, "layer_before")))
        self.assume("a layer starts when the rows of the one before have completed",
                    ~(start & done))
        self.assume("a row with an output completes", ~valid | done)
        self.assume("a pass has a part or more", count >= -1)

        groups = config.lane_groups if kind == "shared" else 1
        group = place // (config.rows // groups) if groups > 1 else C(0)
        word = layer.bias_base + number * groups + group
        self.claim("a row with an output reads a word, and no other row does", port.en == valid)
        self.claim("the word is that of the row's pass and lane group",
                   ~(running & valid) | (port.address == word[: config.addr_bits]))
        self.claim("the row's number is right", row.in_tile == place)
        # What induction must know beside that.
        current, counter = running & ~start, "pixels" if packed else "px"
        self.claim("the register holds the parts that remain",
                   ~current | (rows[f"{counter}.remaining"] == count - plain))
        self.claim("parts are left", ~current | (plain <= (count + 1).as_unsigned()))
        self.claim("the pass's first word is known", ~current | (
            bias["first"] == (layer.bias_base + number * groups)[: config.addr_bits]))
        self.reach("the second pass is in its second part", running & valid & (number == 1)
                   & (plain == 1))
        self.reach("a row has no output", running & done & ~valid)
