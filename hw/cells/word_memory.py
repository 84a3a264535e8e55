"""A memory of words with a register on every side."""

from amaranth.hdl import *
from amaranth.lib.memory import Memory

from convolith.hw.cells.copies import copies
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.block_memory import MOST_WORDS, BlockMemory
from convolith.model.dataflow.cycles import MEMORY_LATENCY

__all__ = ["WordMemory"]


class WordMemory(Elaboratable):
    """A memory with one write port, one read port, and registers on every side.

    Throughput: a word per cycle each way. Latency: a word written in one cycle can be addressed in
    the next; reads take MEMORY_LATENCY cycles. Reset: the contents stay.

    Parameters
    ----------
    depth : int
        Words.
    write_enable, write_address, write_data : Value
    read_enable, read_address : Value
    read_data : Signal
        Driven by this block.
    """

    def __init__(
        self, depth: int, *, write_enable, write_address, write_data,
        read_enable, read_address, read_data,
    ):
        self.depth = depth
        self.write_enable, self.write_address = write_enable, write_address
        self.write_data = write_data
        self.read_enable, self.read_address, self.read_data = read_enable, read_address, read_data

    def elaborate(self, platform):
        assert MEMORY_LATENCY == 3, "a register, a synchronous memory and a register"
        m = Module()
        if is_ecp5(platform) and self.depth <= MOST_WORDS:
            m.submodules.memory = BlockMemory(
                self.depth,
                write_enable=self.write_enable, write_address=self.write_address,
                write_data=self.write_data,
                read_address=self.read_address, read_data=self.read_data, copies=copies,
            )
            return m
        width = len(self.read_data)
        m.submodules.memory = words = Memory(shape=width, depth=self.depth, init=[])
        write, read = words.write_port(), words.read_port()
        output = Signal(width, reset_less=True)
        m.d.sync += [
            write.addr.eq(self.write_address),
            write.data.eq(self.write_data),
            write.en.eq(self.write_enable),
            read.addr.eq(self.read_address),
            read.en.eq(self.read_enable),
            output.eq(read.data),
        ]
        m.d.comb += self.read_data.eq(output)
        return m
