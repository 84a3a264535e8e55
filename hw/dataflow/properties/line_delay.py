"""`VariableDelay` and `Settled`: what goes on between the lines of a patch, and when."""

from types import SimpleNamespace
from typing import Any

from amaranth.hdl import *

from convolith.hw.cells.delay import bundle
from convolith.hw.dataflow.shared.dataflow import SharedDataflow
from convolith.hw.dataflow.shared.lanes import group_buses
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.options.config import ArrayConfig
from convolith.model.options.shared_words import most_line_delay

__all__ = ["LineDelay"]

DELAY, SETTLED, DATAFLOW, LANES = (
    "hw.dataflow.shared.variable_delay", "hw.dataflow.shared.settled",
    "hw.dataflow.shared.dataflow", "hw.dataflow.shared.lanes",
)
DOWN = {"first": 1, "tags": 2, "weights": 2}
"""What goes down the rows besides ``last``, with its bits."""


class Lines(Elaboratable):
    """The delays between the lines of a patch, and those of the words for other lane groups."""

    def __init__(self, config: ArrayConfig, layer, downs: list, bus: Value):
        self.config, self.layer, self.downs, self.bus = config, layer, downs, bus
        self.later: list[Any] = []
        self.buses: list[Value] = []

    def elaborate(self, platform):
        m = Module()
        flow = SharedDataflow(self.config, self.layer)
        self.later = [flow.next_line(m, line, down) for line, down in enumerate(self.downs)]
        self.buses = group_buses(m, self.config, self.layer, self.bus)
        return m


class LineDelay(Property):
    """The register ``line_delay`` changes when it likes, and rows end when they like.

    The core changes it only between two layers, when no row is on its way. The claims do not need
    that: what has not gone on when the register changes never does.
    """

    name = "line_delay"
    says = ("what goes to a patch's next line comes line_delay cycles later, whatever the delay "
            "was before; an end of sums goes on once, and not if it is from before a reset or a "
            "change of the delay; words of other lane groups come a patch later")
    sizes = [{"rows": rows, "dot": 1} for rows in (4, 9, 8, 16)]
    fast = [{"rows": 4, "dot": 1}]
    method = Induction(k=1, traces=22)
    planted = (
        Planted(SETTLED, "remaining.eq(remaining - 1)", "remaining.eq(remaining - 3)"),
        Planted(SETTLED, "remaining.eq(self.cycles - 1)", "remaining.eq(self.cycles - 2)"),
        Planted(SETTLED, "with m.If(before != self.cycles):", "with m.If(before < self.cycles):"),
        Planted(SETTLED, "signed(len(self.cycles) + 1)", "signed(len(self.cycles))"),
        Planted(DATAFLOW, "later.last & self.settled.o", "later.last"),
        Planted(DELAY, "behind.eq(place + 1 - self.cycles)", "behind.eq(place - self.cycles)"),
        Planted(DELAY, "through.eq(self.cycles == 0)", "through.eq(0)"),
        Planted(DELAY, "through = Signal(init=1)", "through = Signal()"),
        Planted(DELAY, "depth = 1 << self.most.bit_length()",
                "depth = 1 << self.most.bit_length() - 1"),
        Planted(LANES, "cycles = lines * outputs +", "cycles = outputs +", at={"rows": 8}),
        Planted(LANES, "lines * outputs + (lines - 1) * most_line_delay(config)",
                "most_line_delay(config)",
                at={"rows": 8}),
    )

    def build(self, m, platform):
        dot, rows = self.size["dot"], self.size["rows"]
        # Lane groups of several lines have weights from the second bank, which packed tiles add.
        self.config = config = ArrayConfig(
            rows=rows, cols=1, dot=dot, lanes=2 * dot, act_bits=2, pack_edges=rows in (8, 16),
        )
        self.most = most = most_line_delay(config)
        self.delay = delay = self.free(most.bit_length(), "line_delay")
        layer = SimpleNamespace(line_delay=delay, shared_words=C(1))
        downs = [
            bundle(last=self.free(1, f"last_{line}"),
                   **{name: self.free(bits, f"{name}_{line}") for name, bits in DOWN.items()})
            for line, _ in enumerate(SharedDataflow(config, layer).line_starts())
        ]
        lines = Lines(config, layer, downs, self.free(config.act_word_bits, "bus"))
        self.inside = inside = Opened(m, "lines", lines, platform)

        # The delay of the cycle before, and for how many cycles it has been that.
        self.known = known = Signal.like(delay)
        self.age = age = Signal(range(most + 2), init=1)
        self.changes = changes = known != delay
        m.d.sync += [
            known.eq(delay), age.eq(Mux(changes, 1, Mux(age > most, age, age + 1))),
        ]
        self.claim("the delay is settled when all that it shows came after its change",
                   inside["settled.o"] == (age > known))
        self.claim("the register holds the cycles until then, minus one",
                   inside["settled.remaining"] == Mux(age > known, -1, known - age))
        self.claim("a delay has been there for a cycle or more", age >= 1)
        self.claim("the register holds the delay", inside["settled.before"] == known)
        ends = [self.line(m, line, *ways) for line, ways in enumerate(
            zip(downs, lines.later, strict=True))]
        self.words(m, lines.buses)
        shown = lines.later[0].last
        self.reach("sums end after the longest delay", shown & (known == most))
        self.reach("sums end without a delay", shown & (known == 0))
        self.reach("an end from before the change does not go on",
                   ends[0][most] & ~shown & (known == most) & ~changes)

    def line(self, m, line, down, later) -> list[Value]:
        """What goes to the next line. Returns whether sums ended 0, 1, .. cycles ago."""
        known, age = self.known, self.age
        came = self.ring(m, f"line_delay_{line}", down.as_value(), known, self.most)
        shown = down.shape()(Array(came)[known])
        for name in DOWN:
            self.claim(f"line {line}: {name} comes line_delay cycles later",
                       later[name] == shown[name])
        # Ends of sums since the last change, or reset.
        fresh = Signal(self.most, name=f"fresh_{line}")
        m.d.sync += fresh.eq(Mux(self.changes, 0, Cat(down.last, fresh)))
        self.claim(f"line {line}: sums end line_delay cycles later, and once",
                   later.last == Cat(down.last, fresh).bit_select(known, 1))
        ends = [down.shape()(value).last for value in came]
        for cycles, end in enumerate(ends[1:], start=1):
            self.claim(f"line {line}: the ends of {cycles} cycles ago are known",
                       fresh[cycles - 1] == (end & (age > cycles)))
        return ends

    def words(self, m, buses):
        """The words for other lane groups."""
        lines, outputs = self.config.patch
        cycles = lines * outputs + (lines - 1) * self.delay
        most = lines * outputs + (lines - 1) * self.most
        for g, (before, after) in enumerate(zip(buses, buses[1:], strict=False), start=1):
            known = Signal(range(most + 1), name=f"patch_{g}")
            m.d.sync += known.eq(cycles)
            first = g * self.config.cols * self.config.act_bits
            came = self.ring(m, f"bus_{g}", before[first:], known, most)
            self.claim(f"lane group {g} has the words of the group before, a patch later",
                       after[first:] == Array(came)[known])

    def ring(self, m, name, value, known, most) -> list[Value]:
        """What came 0, 1, .. ``most`` cycles ago, and that the ring has it.

        ``known``: the delay of the cycle before.
        """
        came = [value, *self.history(m, value, most, f"{name}_came")]
        place, behind, through = (
            self.inside[f"{name}.{of}"] for of in ("place", "behind", "through"))
        words = Array(self.inside[f"{name}.ring.word_{i}"] for i in range(1 << len(place)))
        for cycles in range(1, most + 1):
            self.claim(f"{name} has the word of {cycles} cycles ago",
                       words[(place - cycles)[: len(place)]] == came[cycles])
        self.claim(f"{name} reads without a delay, if there is none", through == (known == 0))
        self.claim(f"{name} is read so far behind", through
                   | (behind == (place - known)[: len(place)]))
        return came
