"""The output pixels of the tile that runs."""

from amaranth.hdl import *
from amaranth.lib.memory import Memory

__all__ = ["PixelTable"]


class PixelTable(Elaboratable):
    """The R pixels of the tile that runs: written in its first step, read in those after.

    Throughput: one row per cycle. Latency: ``row_pixel`` is the pixel of the row that was in
    ``row`` one cycle before.

    Parameters
    ----------
    rows : int, R
    row : Value
        The row whose pixel is wanted; anything from R up gives nothing of use.
    first_step : Value
        Take the pixel from ``pixel`` and remember it.
    pixel : View of pixel_layout(config)

    Members
    -------
    row_pixel : View of pixel_layout(config)
    """

    def __init__(self, rows: int, *, row: Value, first_step: Value, pixel):
        self.rows, self.row, self.first_step, self.pixel = rows, row, first_step, pixel
        self.row_pixel = Signal(pixel.shape())

    def elaborate(self, platform):
        m = Module()
        rows, pixel = self.rows, self.pixel.as_value()
        m.submodules.memory = memory = Memory(shape=len(pixel), depth=max(2, rows), init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [
            write.addr.eq(self.row),
            write.data.eq(pixel),
            write.en.eq(self.first_step & (self.row < rows)),
            read.addr.eq(self.row),
        ]
        m.d.sync += self.row_pixel.eq(Mux(self.first_step, pixel, read.data))
        return m
