"""`Drain`: the row that was selected, so many cycles ago."""

from amaranth.hdl import *

from convolith.hw.array.drain import Drain
from convolith.hw.properties.method import Induction
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.dataflow.cycles import drain_levels

__all__ = ["DrainProperty"]

BLOCK = "hw.array.drain"
BITS = 2  # of a row: all bits go the same way


class DrainProperty(Property):
    """Rows have any sums; one of them, or none, completes in each cycle."""

    name = "drain"
    says = "the sums of the row that is complete come drain_levels(R) cycles later"
    sizes = [{"rows": rows} for rows in (*range(1, 10), 12, 16, 33)]
    fast = [{"rows": 1}, {"rows": 5}, {"rows": 33}]
    method = Induction(k=4)
    planted = (
        Planted(BLOCK, "with m.If(~taken):", "with m.If(taken & ~taken):", at={"rows": 9}),
        Planted(BLOCK, "range(0, len(words), DRAIN_RADIX)", "range(0, len(words) - 1, DRAIN_RADIX)",
                at={"rows": 33}),
        Planted(BLOCK, "level == levels - 1 else", "level == 1 else", at={"rows": 33}),
        Planted(BLOCK, "taken.eq(complete)", "taken.eq(completes[0])", at={"rows": 2}),
    )

    def build(self, m, platform):
        rows = [self.free(BITS, f"row_{r}") for r in range(self.size["rows"])]
        completes = [self.free(1, f"completes_{r}") for r in range(self.size["rows"])]
        m.submodules.drain = drain = Drain(rows, completes)
        self.assume("only one row completes at a time", sum(completes) <= 1)
        taken = [self.before(m, complete, f"taken_{r}") for r, complete in enumerate(completes)]
        sums: Value = C(0, BITS)
        for row, takes in zip(rows, taken, strict=True):
            sums = Mux(takes, row, sums)
        levels = drain_levels(len(rows))
        some = self.later(m, Cat(taken).any(), levels, "some")
        self.claim("the sums of the row that was complete come",
                   ~some | (drain.sums == self.later(m, sums, levels, "sums")))
        self.reach("sums come", some & drain.sums.all())
