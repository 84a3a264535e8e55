"""`RowsInFlight` against a plain counter."""

from amaranth.hdl import *

from convolith.hw.properties.method import Induction
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.sequencer.rows_in_flight import RowsInFlight
from convolith.model.dataflow.cycles import output_rows
from convolith.model.options.config import ArrayConfig

__all__ = ["RowsInFlightProperty"]

BLOCK = "hw.sequencer.rows_in_flight"


class RowsInFlightProperty(Property):
    """Tiles start while there is room for their rows, and rows leave, whenever they like."""

    name = "rows_in_flight"
    says = "there are rows in flight exactly while more rows have started than have left"
    sizes = [{"rows": rows} for rows in range(1, 9)]
    fast = [{"rows": 1}, {"rows": 8}]
    method = Induction(k=1)
    planted = (
        Planted(BLOCK, "Mux(self.take, self.rows, 0)", "Mux(self.take & ~self.done, self.rows, 0)"),
        Planted(BLOCK, "self.remaining - self.done", "self.remaining - (self.done & ~self.take)"),
        Planted(BLOCK, "range(-1, most)", "range(-1, most // 2)", at={"rows": 4}),
    )

    def __init__(self, size):
        super().__init__(size)
        self.most = output_rows(ArrayConfig(rows=size["rows"], cols=2))

    @property
    def traces(self):
        return self.most // self.size["rows"] + 12

    def build(self, m, platform):
        rows, most = self.size["rows"], self.most
        take, done = self.free(1, "take"), self.free(1, "done")
        m.submodules.block = block = RowsInFlight(rows, most, take=take, done=done)
        count = Signal(range(most + 1))
        m.d.sync += count.eq(count + Mux(take, rows, 0) - done)
        self.assume("a row leaves only after it has started", ~done | (count != 0))
        self.assume("a tile starts only with room", ~take | (count + rows <= most))
        self.claim("there are rows in flight", block.any == (count != 0))
        self.claim("the register holds their number minus one", block.remaining == count - 1)
        self.reach("all rows are in flight", count == most)
        self.reach("the last row leaves while a tile starts", done & take & (count == 1))
