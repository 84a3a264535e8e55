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
    """Rows have any sums; one of them, or none, is selected in each cycle."""

    name = "drain"
    says = "a selected row's sums come drain_levels(R) cycles later, and zeros if there is none"
    sizes = [{"rows": rows} for rows in (*range(1, 10), 12, 16, 33)]
    fast = [{"rows": 1}, {"rows": 5}, {"rows": 33}]
    method = Induction(k=4)
    planted = (
        Planted(BLOCK, "m.d.sync += word.eq(row)", "m.d.sync += word.eq(word | row)"),
        Planted(BLOCK, "range(0, len(words), DRAIN_RADIX)", "range(0, len(words) - 1, DRAIN_RADIX)",
                at={"rows": 9}),
        Planted(BLOCK, "level == levels - 1 else", "level == 1 else", at={"rows": 33}),
        Planted(BLOCK, "self.select[i : i + 2]", "self.select[i : i + 2][::-1]", at={"rows": 2}),
    )

    def build(self, m, platform):
        rows = [self.free(BITS, f"row_{r}") for r in range(self.size["rows"])]
        select = [self.free(1, f"select_{r}") for r in range(self.size["rows"])]
        m.submodules.drain = drain = Drain(rows, select)
        sums: Value = C(0, BITS)
        for row, chosen in zip(rows, select, strict=True):
            sums = Mux(chosen, row, sums)
        for level in range(drain_levels(len(rows))):
            sums = self.before(m, sums, f"sums_{level}")
        self.assume("only one row completes at a time", sum(select) <= 1)
        self.claim("the selected row's sums come", drain.sums == sums)
        self.reach("sums come", drain.sums.all())
