"""`ParameterWord` against counters of passes and lane groups."""

from typing import Any

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.layouts.rows import starts_layout
from convolith.hw.properties.layers import Layers, is_of_kind
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.requantize.parameter_word import ParameterWord
from convolith.model.options.config import ArrayConfig

__all__ = ["ParameterWords"]

BLOCK = "hw.requantize.parameter_word"
ARRAYS: dict[str, dict[str, Any]] = {
    "dense": {"rows": 3, "cols": 1, "depthwise": False},
    "groups": {"rows": 4, "cols": 2, "dot": 2, "lanes": 8},
}
"""``groups``: lanes of shared words in two groups, each with a word of its own."""


class ParameterWords(Property):
    """Rows come with any flags, and wait as long as they like.

    ``layer`` is the layer's dataflow, one of those that the array has.
    """

    name = "parameter_words"
    says = ("each row's word is that of its pass, or of its pass and lane group; words of passes "
            "follow each other from bias_base on")
    sizes = [
        {"array": array, "layer": layer, "addr_bits": addr_bits}
        for addr_bits in (6, 20)
        for array, layer in (("dense", "plain"), ("groups", "plain"), ("groups", "shared"))
    ]
    fast = [size for size in sizes if size["addr_bits"] == 6 and size["layer"] != "plain"]
    method = Induction(k=1, traces=14)
    planted = (
        Planted(BLOCK, "next_first.eq(layer.bias_base)", "next_first.eq(0)"),
        Planted(BLOCK, "next_first.eq(next_first + words)", "next_first.eq(next_first + 1)",
                at={"layer": "shared"}),
        Planted(BLOCK, "m.Elif(self.take & starts.pass_)", "m.Elif(starts.pass_)"),
        Planted(BLOCK, "Mux(starts.tile, first,", "Mux(starts.tile, next_first,"),
        Planted(BLOCK, "before + starts.group", "before", at={"layer": "shared"}),
        Planted(BLOCK, "with m.If(self.take):", "with m.If(1):", at={"layer": "shared"}),
        Planted("hw.dataflow.shared.dataflow", "Mux(self.shares, self.config.lane_groups, words)",
                "words", at={"layer": "shared"}),
    )

    def build(self, m, platform):
        shared = self.size["layer"] == "shared"
        config = ArrayConfig(
            act_words=16, weight_words=16, bias_words=16, post_lanes=1,
            addr_bits=self.size["addr_bits"], **ARRAYS[self.size["array"]],
        )
        layer, start = self.free(register_layout(config), "layer"), self.free(1, "start")
        starts, take = self.free(starts_layout(), "starts"), self.free(1, "take")
        block = ParameterWord(config, layer, start=start, starts=starts,
                              flows=dataflows(config, layer))
        inside = Opened(m, "block", block, platform)
        m.d.comb += block.take.eq(take)
        current = Layers(
            self, m, registers=layer, start=start, needed=take,
            kind=is_of_kind(layer, self.size["layer"]),
        ).current

        # Passes that have begun before this row, and the lane group of the row before.
        passes, group = Signal(config.addr_bits), Signal(config.addr_bits)
        row_group = Mux(starts.pass_ | starts.tile, 0, group + starts.group)
        with m.If(start):
            m.d.sync += [passes.eq(0), group.eq(0)]
        with m.Elif(take):
            m.d.sync += [passes.eq(passes + starts.pass_), group.eq(row_group)]
        self.assume("a layer's first row begins a pass: `row_starts`",
                    ~take | starts.pass_ | (passes != 0))
        self.assume("a layer has fewer passes than there are words",
                    ~take | ~passes.all())
        words = config.lane_groups if shared else 1

        def word(number: Value, group: Value) -> Value:
            return (layer.bias_base + number * words + group)[: config.addr_bits]

        self.claim("the word is that of the row's pass and lane group",
                   ~(current & take) | (block.word == word(passes + starts.pass_ - 1, row_group)))
        # What induction must know beside that.
        begun = current & (passes != 0)
        self.claim("the next pass's first word is known",
                   ~current | (inside["next_first"] == word(passes, C(0))))
        self.claim("the pass's first word is known",
                   ~begun | (inside["first"] == word(passes - 1, C(0))))
        self.claim("the word of the row before is known",
                   ~begun | (inside["before"] == word(passes - 1, group)))
        self.reach("the second pass is in its second tile", current & take & (passes == 2)
                   & starts.tile & ~starts.pass_)
        if shared:
            self.reach("a row of the second lane group is taken",
                       current & take & (row_group == 1) & (passes == 2))
