"""`RowAdder` and `PartialSums` against plain rows: what a piece keeps, the next one adds."""

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import or_
from types import SimpleNamespace
from typing import Any, NamedTuple

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.output.adder import RowAdder
from convolith.hw.ports import ReadPort
from convolith.hw.properties.layers import Layers
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.options.config import ArrayConfig

__all__ = ["KeptSums"]

ADDER, SUMS = "hw.output.adder", "hw.output.partial_sums"
PAIRED = "hw.dataflow.paired.dataflow"
DONE, ENDS, FINAL, SECOND, BEGINS = range(5)
ARRAYS: dict[str, dict[str, Any]] = {
    "plain": {"rows": 3, "depthwise": False}, "paired": {"rows": 2, "pack_edges": True},
}


class PlainRows(NamedTuple):
    """The plain rows of which the claims speak.

    Parameters
    ----------
    current : Value
        A layer's registers are there.
    pairs, adds, keeps : Value
        Two rows of the layer share an output; it adds partial sums; its sums are kept.
    number, left : Value
        Outputs that have begun to complete; that have left.
    coming : Value
        Outputs in between.
    waits : Value
        Outputs that have begun so late that what they add is still to be read.
    kept : Array
        What was kept under each number.
    behind : sequence of Value
        The flags of rows that completed 0, 1, ... cycles ago.
    added : sequence of Value
        What these rows add, as far as it is known by then.
    total : Value
        The row that leaves.
    """

    current: Value
    pairs: Value
    adds: Value
    keeps: Value
    number: Value
    left: Value
    coming: Value
    waits: Value
    kept: Array
    behind: Sequence[Value]
    added: Sequence[Value]
    total: Value


class KeptSums(Property):
    """Rows complete when they like, with an output or without; the pieces of a layer follow.

    ``ahead``: cycles from a row's completion to its sums. ``array``: one that has no dataflow but
    the dense one, or one whose rows can share an output. Such rows complete one behind the other.
    """

    name = "kept_sums"
    says = ("a row of a layer adds the row with the same number that the layer before has kept, or "
            "its bias; it leaves if it is not kept; and nothing else is written")
    sizes = [
        {"array": array, "bias": bias, "ahead": ahead, "sum_words": sum_words}
        for array in ARRAYS
        for bias, ahead, sum_words in ((0, 4, 3), (1, 4, 3), (1, 5, 1), (1, 5, 8), (1, 6, 2))
    ]
    fast = [size for size in sizes if size["sum_words"] == 3 and size["bias"]]
    method = Induction(k=1)
    planted = (
        Planted(SUMS, "wanted.eq(wanted + self.read)", "wanted.eq(wanted + self.write)"),
        Planted(SUMS, "written.eq(written + self.write)", "written.eq(written + self.read)"),
        Planted(SUMS, "wanted.eq(0), written.eq(0)", "written.eq(0)", slow=True),
        Planted(SUMS, "wanted.eq(0), written.eq(0)", "wanted.eq(0)", slow=True),
        Planted(SUMS, "Mux(layer.add_sums, self.data, 0)", "self.data", slow=True),
        Planted(ADDER, "delayed(m, row.begins", "delayed(m, row.done"),
        Planted(ADDER, "write=leaves & keeps", "write=leaves", slow=True),
        Planted(ADDER, "self.ahead - MEMORY_LATENCY - 1", "self.ahead - MEMORY_LATENCY",
                slow=True),
        Planted(ADDER, "reduce(or_, words)", "words[-1]", at={"bias": 1}, slow=True),
        Planted(ADDER, "leaves.ends & ~keeps", "leaves.ends", slow=True),
        Planted(ADDER, "leaves.final & keeps", "leaves.final", slow=True),
        Planted(ADDER, "before, now.second)", "before, now.ends)",
                at={"array": "paired"}, slow=True),
        Planted(PAIRED, "ends=row.valid & (odd | ~self.pairs)", "ends=row.valid",
                at={"array": "paired"}),
        Planted(PAIRED, "begins=row.valid & ~second", "begins=row.valid",
                at={"array": "paired"}, slow=True),
    )

    @property
    def traces(self):
        return 2 * self.size["sum_words"] + 14  # until there are two pieces

    def build(self, m, platform):
        size = self.size
        paired, depth, ahead = size["array"] == "paired", size["sum_words"], size["ahead"]
        config = ArrayConfig(
            cols=1, act_bits=2, weight_bits=2, acc_bits=8, act_words=16, weight_words=16,
            bias_words=4 * size["bias"], sum_words=depth, **ARRAYS[size["array"]],
        )
        layer = self.free(register_layout(config), "layer")
        start, done, valid, final = (
            self.free(1, name) for name in ("start", "done", "valid", "final")
        )
        sums, word = self.free(config.acc_bits, "sums"), self.free(config.acc_bits, "bias_word")
        port = None
        pairs = layer.row_pairs if paired else C(0)
        if size["bias"]:
            port = ReadPort(config.addr_bits, config.sums_bits).create(path=("bias",))
            m.d.comb += port.data.eq(word)
        adder = RowAdder(
            config, layer, start=start, ahead=ahead, bias=port, flows=dataflows(config, layer),
            array=SimpleNamespace(
                o=SimpleNamespace(sums=sums),
                completing=SimpleNamespace(done=done, valid=valid, final=final),
            ),
        )
        inside = Opened(m, "adder", adder, platform)
        odd = Signal(name="plain_odd")  # the second of two rows completes
        with m.If(done):
            m.d.sync += odd.eq(~odd)
        second = pairs & odd
        begins, ends = valid & ~second, valid & (odd | ~pairs)
        flags = Cat(done, ends, final, second, begins)
        # A row's flags move on until it leaves.
        behind = [flags, *(
            Signal(len(flags), name=f"flags_{cycle}") for cycle in range(adder.latency)
        )]
        m.d.sync += [later.eq(now) for now, later in pairwise(behind)]
        current = Layers(
            self, m, registers=layer, start=start, needed=done | Cat(behind[1:]).any(),
        ).current
        add_bias = layer.add_bias if size["bias"] else C(0)
        adds, keeps = current & layer.add_sums, current & layer.keep_sums
        self.assume("a layer adds its bias or partial sums: `model.compile`",
                    ~(layer.add_sums & add_bias))
        self.assume("a row with an output completes", ~valid | done)
        if paired:
            valid_before = self.before(m, valid, "valid_before")
            self.assume("a layer starts with a tile: `registers_stay`", ~start | ~odd)
            self.assume("a pair's rows complete one behind the other: `mesh`",
                        ~(current & second) | (done & (valid == valid_before)))

        # Plain rows: numbers from the layer's start, and what was kept under each number.
        number, left = (Signal(range(depth + 1), name=name) for name in ("number", "left"))
        kept = Array(Signal(config.acc_bits, name=f"kept_{n}", reset_less=True)
                     for n in range(depth))
        total = Signal(config.acc_bits, reset_less=True)
        leaves = behind[-1][ENDS]
        with m.If(start):
            m.d.sync += [number.eq(0), left.eq(0)]
        with m.Else():
            m.d.sync += [number.eq(number + (begins & (adds | keeps))),
                         left.eq(left + (leaves & (adds | keeps)))]
        with m.If(leaves & keeps & ~ResetSignal()):
            m.d.sync += kept[left].eq(total)
        self.assume("a layer that adds or keeps sums has sum_words rows or fewer: `model.compile`",
                    ~(begins & (adds | keeps)) | (number < depth))
        added = [Mux(adds, kept[number], 0)]
        for cycle in range(ahead):
            more = Mux(current & add_bias, word, 0) if cycle == ahead - 1 else 0
            added.append(self.before(m, added[-1] | more, f"added_{cycle}"))
        is_second = behind[ahead][SECOND]
        m.d.sync += total.eq(sums + Mux(is_second, total, added[-1]))
        self.claim("a row leaves with its sums and what it adds, if it is not kept",
                   ~current | ((adder.o_valid == (leaves & ~layer.keep_sums))
                               & (~leaves | (adder.o.as_value()[:-1] == total))))
        last = behind[-1][FINAL]
        self.claim("the last row says so", ~current | (
            (adder.last == last) & (adder.kept == (last & layer.keep_sums))))
        self.claim("it is known that a row is done", adder.done == behind[-1][DONE])
        half = behind[1][BEGINS] & pairs  # a pair's second row is still to come
        if paired:
            self.claim("it is known that a row is a pair's second", inside["odd_row"] == odd)
            self.claim("a pair's first row completed a cycle ago",
                       ~(current & pairs) | (half == (odd & valid_before)))
        plain = PlainRows(
            current=current, pairs=pairs, adds=adds, keeps=keeps, number=number, left=left,
            coming=half + sum(row[ENDS] for row in behind[1:]), kept=kept, behind=behind,
            waits=sum((row[BEGINS] for row in behind[1 : ahead - MEMORY_LATENCY]), C(0)),
            added=added, total=total,
        )
        self.numbers(inside, plain)
        self.flags(inside, plain)
        self.addends(inside, adder, plain)
        self.reach("a second piece's last row completes",
                   adds & begins & (number == depth - 1) & kept[number].any())
        self.reach("a row is kept", keeps & leaves)

    def numbers(self, inside, plain):
        """What induction must know beside the claims: the rows in the memory, and their numbers."""
        wanted, written = inside["partial_sums.wanted"], inside["partial_sums.written"]
        en, place, data = (
            inside[f"partial_sums.rows.$signature__{name}"] for name in ("en", "addr", "data")
        )
        number, left = plain.number, plain.left
        self.claim("rows that are on their way have not left", ~(plain.adds | plain.keeps) | (
            (number == left + plain.coming) & (number <= len(plain.kept))))
        self.claim("the number of the row to be read is known",
                   ~plain.adds | (wanted == (number - plain.waits)[: len(wanted)]))
        self.claim("the number of the row to be kept is known",
                   ~plain.keeps | (written == left[: len(written)]))
        self.claim("a layer that is being run writes what it has kept last, and nothing else",
                   ~(plain.current & en) | (plain.keeps & (place + 1 == left)))
        for n, row in enumerate(plain.kept):
            word = inside[f"partial_sums.rows.memory.word_{n}"]
            self.claim(f"the memory has row {n}, or it is being written",
                       Mux(en & (place == n), data, word) == row)

    def flags(self, inside, plain):
        """The same of the flags of rows that are on their way."""
        current, pairs, behind = plain.current, plain.pairs, plain.behind
        paired = self.size["array"] == "paired"
        fields = [DONE, ENDS, FINAL, *[SECOND] * paired]
        for cycle, row in enumerate(behind[1:]):
            self.claim(f"a row's flags wait {cycle + 1} cycles", Cat(row[i] for i in fields)
                       == inside["row_delayed"].word_select(cycle, len(fields)))
            fits = Mux(pairs, ~row[ENDS] | (row[SECOND] & ~row[BEGINS]), row[ENDS] == row[BEGINS])
            self.claim(f"an output has one row or two, {cycle + 1} cycles later",
                       ~current | (fits & ~(row[SECOND] & (row[BEGINS] | ~pairs))))
        for cycle, (row, before) in enumerate(pairwise(behind[1:])):
            self.claim(f"a pair's first row is one cycle further, {cycle + 1} cycles later",
                       ~(current & pairs) | (row[ENDS] == before[BEGINS]))
        if paired:
            row = behind[self.size["ahead"]]
            self.claim("it is known which sums are those of a second row", ~current | (
                ~(row[BEGINS] | row[ENDS]) | (inside["second"] == row[SECOND])))

    def addends(self, inside, adder, plain):
        """The same of what these rows add."""
        begun = [plain.current & row[BEGINS] for row in plain.behind]
        later = self.size["ahead"] - MEMORY_LATENCY - 1
        if later:
            self.claim("rows wait before they are read", inside["begins_delayed"]
                       == Cat(row[BEGINS] for row in plain.behind[1 : later + 1]))
        before: Value = C(0)  # rows that have begun after this one
        for cycle in range(1, later + 1):
            self.claim(f"a row is still to be read {cycle} cycles later", ~begun[cycle] | (
                plain.added[cycle]
                == Mux(plain.adds, plain.kept[plain.number - 1 - before], 0)))
            before = before + plain.behind[cycle][BEGINS]
        rows = "partial_sums.rows"
        place = inside[f"{rows}.read__addr"]
        found = [plain.kept[place], inside[f"{rows}.memory.read__data"], inside[f"{rows}.output"]]
        self.claim("the row is being read", ~(plain.adds & begun[later + 1]) | (
            inside[f"{rows}.read__en"]
            & (place == (plain.number - 1 - plain.waits)[: len(place)])))
        for cycle, word in enumerate(found, later + 1):
            self.claim(f"what a row adds comes {cycle} cycles later",
                       ~begun[cycle] | (Mux(plain.adds, word, 0) == plain.added[cycle]))
        addends = [inside[f"addend_{i}"] for i in range(1 + self.size["bias"])]
        self.claim("what a row adds is there with its sums",
                   ~begun[self.size["ahead"]] | (reduce(or_, addends) == plain.added[-1]))
        self.claim("the total of a pair's first row is there",
                   ~begun[-1] | (adder.o.as_value()[:-1] == plain.total))
