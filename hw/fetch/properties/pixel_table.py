"""`PixelTable` against a register for one of its rows, whichever."""

from amaranth.hdl import *

from convolith.hw.fetch.pixel import pixel_layout
from convolith.hw.fetch.table import PixelTable
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.options.config import ArrayConfig

__all__ = ["PixelTableProperty"]

TABLE = "hw.fetch.table"


class PixelTableProperty(Property):
    """Rows come in any order. What holds for one row that the solver chooses holds for all."""

    name = "pixel_table"
    says = "in a tile's first step each row gets its pixel, and later the same one until it is new"
    sizes = [{"rows": rows} for rows in (1, 2, 3, 8)]
    fast = [{"rows": 1}, {"rows": 3}]
    method = Induction(k=1)
    planted = (
        Planted(TABLE, "write.addr.eq(self.row)", "write.addr.eq(0)", at={"rows": 3}),
        Planted(TABLE, "read.addr.eq(self.row)", "read.addr.eq(0)", at={"rows": 3}),
        Planted(TABLE, "self.first_step & (self.row < rows)", "self.row < rows"),
        Planted(TABLE, "Mux(self.first_step, pixel, read.data)", "read.data"),
    )

    def build(self, m, platform):
        rows = self.size["rows"]
        layout = pixel_layout(ArrayConfig(
            rows=rows, cols=1, addr_bits=6, size_bits=4, act_words=16, weight_words=16,
            bias_words=16, depthwise=False,
        ))
        row, chosen = (self.free(max(1, rows.bit_length()), name) for name in ("row", "chosen"))
        first_step, pixel = self.free(1, "first_step"), self.free(layout, "pixel")
        table = PixelTable(rows, row=row, first_step=first_step, pixel=pixel)
        inside = Opened(m, "table", table, platform)

        known, kept = Signal(), Signal(layout.size, reset_less=True)
        with m.If(first_step & (row == chosen)):
            m.d.sync += [known.eq(1), kept.eq(pixel)]
        self.assume("a row of the array", chosen < rows)
        self.assume("one row is chosen",
                    ~known | (chosen == self.before(m, chosen, "chosen_before")))
        asked = self.before(m, (row == chosen) & known & ~first_step & ~ResetSignal(), "asked")
        fresh = self.before(m, first_step & ~ResetSignal(), "fresh")
        found = table.row_pixel.as_value()
        self.claim("a new pixel is passed on",
                   ~fresh | (found == self.before(m, pixel, "pixel_before")))
        self.claim("the row's pixel is there",
                   ~asked | (found == self.before(m, kept, "kept_before")))
        words = Array(inside[f"memory.word_{i}"] for i in range(max(2, rows)))
        self.claim("the table keeps the row's pixel", ~known | (words[chosen] == kept))
        self.reach("the pixel is asked for again, after another one",
                   asked & (chosen == rows - 1) & (kept != 0))
