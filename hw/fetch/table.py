"""The output pixels of the current tile."""

from amaranth.hdl import *
from amaranth.lib.memory import Memory

__all__ = ["PixelTable"]


class PixelTable(Elaboratable):
    """The R pixels of the current tile: written in its first step, read in the steps after.

    Throughput: one row per cycle. Latency: one cycle from ``row`` to its pixel in ``row_pixel``.

    Parameters
    ----------
    rows : int, R
    row : Value
        The row whose pixel is wanted. For R and above, ``row_pixel`` has no meaning.
    first_step : Value
        The row's pixel is in ``pixel``, and the table stores it.
    pixel : View of pixel_layout(config)

    Members
    -------
    row_pixel : View of pixel_layout(config)
        The row's pixel.
    """

    def __init__(self, rows: int, *, row: Value, first_step: Value, pixel):
        self.rows, self.row, self.first_step, self.pixel = rows, row, first_step, pixel
        self.row_pixel = Signal(pixel.shape(), reset_less=True)

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
