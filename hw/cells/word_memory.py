"""A memory of words with a register on every side."""

from typing import NamedTuple

from amaranth.hdl import *
from amaranth.lib.memory import Memory

from convolith.hw.cells.copies import copies
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.block_memory import MOST_WORDS, BlockMemory
from convolith.hw.cells.generic import is_verilog
from convolith.hw.cells.generic.word_memory import memory_instance
from convolith.model.dataflow.cycles import MEMORY_LATENCY

__all__ = ["MemoryPort", "WordMemory"]


class MemoryPort(NamedTuple):
    """The signals of a port: those of a `ReadPort` or `WritePort`, or others."""

    en: ValueLike
    address: ValueLike
    data: ValueLike


class WordMemory(Elaboratable):
    """A memory with one write port, one read port, and registers on every side.

    Throughput: a word per cycle each way. Latency: a word written in one cycle can be addressed in
    the next; reads take MEMORY_LATENCY cycles. Reset: the contents stay.

    Parameters
    ----------
    depth : int
        Words.
    write, read : MemoryPort
        This block drives the data that is read.

    Members
    -------
    words : Memory
        The words, in Amaranth's simulator.
    """

    words: Memory

    def __init__(self, depth: int, *, write: MemoryPort, read: MemoryPort):
        self.depth, self.write, self.read = depth, write, read

    def elaborate(self, platform):
        assert MEMORY_LATENCY == 3, "a register, a synchronous memory and a register"
        m = Module()
        if is_ecp5(platform) and self.depth <= MOST_WORDS:
            m.submodules.memory = BlockMemory(
                self.depth, write=self.write, read=self.read, copies=copies
            )
            return m
        if is_verilog(platform):
            m.submodules.memory = memory_instance(
                platform, self.depth, write=self.write, read=self.read
            )
            return m
        width = len(self.read.data)
        m.submodules.memory = words = self.words = Memory(shape=width, depth=self.depth, init=[])
        write, read = words.write_port(), words.read_port()
        output = Signal(width, reset_less=True)
        m.d.sync += [
            write.addr.eq(self.write.address),
            write.data.eq(self.write.data),
            write.en.eq(self.write.en),
            read.addr.eq(self.read.address),
            read.en.eq(self.read.en),
            output.eq(read.data),
        ]
        m.d.comb += self.read.data.eq(output)
        return m
