"""Rows of partial sums, kept for the next piece of the input channels."""

from amaranth.hdl import *

from convolith.hw.cells.word_memory import MemoryPort, WordMemory
from convolith.model.options.config import ArrayConfig

__all__ = ["PartialSums"]


class PartialSums(Elaboratable):
    """A memory of ``sum_words`` rows of C sums, written and read in the order of the rows.

    A layer that keeps its sums writes them. The next layer has the same outputs in the same order,
    and adds them. Latency: ``word`` comes MEMORY_LATENCY cycles after ``read``. Reset: none; a
    layer starts at the first row.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    read : Value
        The next row is read.
    write : Value
        ``sums`` are written as the next row.
    sums : Value
        C sums.

    Members
    -------
    word : Value
        The row that was read; zeros in a layer that adds no partial sums.
    """

    def __init__(
        self, config: ArrayConfig, layer, *, start: Value, read: Value, write: Value, sums: Value
    ):
        self.config, self.start = config, start
        self.read, self.write, self.sums = read, write, sums
        self.data = Signal(config.sums_bits)
        self.word = Mux(layer.add_sums, self.data, 0)

    def elaborate(self, platform):
        m = Module()
        depth = self.config.sum_words
        wanted, written = (
            Signal(range(max(2, depth)), name=name) for name in ("wanted", "written")
        )
        m.submodules.rows = WordMemory(
            depth,
            write=MemoryPort(self.write, written, self.sums),
            read=MemoryPort(self.read, wanted, self.data),
        )
        with m.If(self.start):
            m.d.sync += [wanted.eq(0), written.eq(0)]
        with m.Else():
            m.d.sync += [wanted.eq(wanted + self.read), written.eq(written + self.write)]
        return m
