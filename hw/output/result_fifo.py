"""The output FIFO: holds rows of sums until they are taken."""

from amaranth.hdl import *
from amaranth.lib.memory import Memory

from convolith.hw.cells.copies import copies
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.block_memory import block_cell, slices

__all__ = ["ResultFifo", "place_bits"]

SLICE, BLOCKS = 32, 54
"""Bits of a row that lie together on an ECP5: in LUTs, and in block RAM, in three of its cells."""
LUT_BITS = 12 * 1024
"""Bits up to which an ECP5 has the memory in LUTs, which can lie where the rows come from.

Block RAM has fixed places, but takes no LUTs to choose between memories of 16 rows. Its output
register is in its cells; without it, it would be 5 ns slower.
"""


def place_bits(depth: int) -> int:
    """Bits of a place in the memory."""
    return max(1, (depth - 1).bit_length())


class ResultFifo(Elaboratable):
    """A FIFO that never overflows, as no tile starts without room in it (`Credits`).

    So a write does not check the level; in a FIFO that can be full this check limits the clock.
    Rows are wide and come from all over the array. On an ECP5 they are cut into slices: each is a
    FIFO with its own counters, and all slices do the same in the same cycle. Latency: FIFO_LATENCY
    (3) cycles from ``i`` to ``o``. Throughput: a row per cycle. Reset: empty.

        cycle     -1        0        1        2        3
        comes      *
        i                   row
        spare                        0                    the memory has the row
        read                         *
        filled                                *           the memory's output register has it
        o.valid                                        *  the register behind the memory has it

    Parameters
    ----------
    depth : int
        Rows for which there is room. The memory has a power of two, so that places in it need no
        comparison.
    i : Value
        A row.
    comes : Value
        In the next cycle there is a row on ``i``, which is written.
    o : stream
        The rows, in the order in which they were written.
    late : bool
        ``o.ready`` comes late in the cycle, from long logic.
    """

    def __init__(self, depth: int, *, i: Value, comes: Value, o, late: bool = False):
        self.depth, self.i, self.comes, self.o, self.late = depth, i, comes, o, late

    def elaborate(self, platform):
        m = Module()
        width, blocks = len(self.i), False
        if is_ecp5(platform):
            blocks = width << place_bits(self.depth) > LUT_BITS
            width = BLOCKS if blocks else SLICE
        payload = Value.cast(self.o.payload)
        parts = [slice(bit, bit + width) for bit in range(0, len(self.i), width)]
        writes = copies(m, platform, self.comes, len(parts), name="write", reset=True)
        for part, write in zip(parts, writes, strict=True):
            fifo = Slice(self.depth, self.i[part], write, self.o.ready, self.late, blocks)
            m.submodules[f"slice_{part.start}"] = fifo
            m.d.comb += payload[part].eq(fifo.word)
            if part.start == 0:
                m.d.comb += self.o.valid.eq(fifo.valid)
        return m


class Slice(Elaboratable):
    """A FIFO for a slice of the rows' bits; ``blocks``: in an ECP5's block RAM."""

    def __init__(
        self, depth: int, i: Value, write: Value, ready: Value, late: bool, blocks: bool
    ):
        self.depth, self.i, self.write, self.ready = depth, i, write, ready
        self.late, self.blocks = late, blocks
        self.valid = Signal()
        self.word = Signal(len(i), reset_less=True)

    def elaborate(self, platform):
        m = Module()
        # The number of rows in the memory minus one: its sign says that there is none.
        spare = Signal(range(-1, self.depth), init=-1)
        filled = Signal()  # the memory's own register
        leave, read = Signal(), Signal()
        m.d.comb += [
            leave.eq(~self.valid | self.ready),
            read.eq(~spare[-1] & (~filled | ~self.valid | self.ready)),
        ]
        if self.late:
            # `read` comes late, as it follows from `ready`. The sum depends on `write` alone, and
            # only the register's enable waits for `read`.
            with m.If(self.write ^ read):
                m.d.sync += spare.eq(spare + Mux(self.write, 1, -1))
        else:
            m.d.sync += spare.eq(spare + self.write - read)
        last, first = self.place(m, self.write), self.place(m, read)
        with m.If(read | leave):
            m.d.sync += filled.eq(read)
        with m.If(leave):
            m.d.sync += self.valid.eq(filled)
        if self.blocks:
            # What is read without a row in the memory does not count, and so the cells need not
            # wait for `spare`.
            for bits in slices(len(last), len(self.i)):
                m.submodules[f"rows_{bits.start}"] = block_cell(
                    m, len(last), write=self.write, written=last, data=self.i[bits],
                    wanted=first, read=~filled | leave, o=self.word[bits], leave=leave,
                )
            return m
        attributes = {"ram_style": "distributed"} if is_ecp5(platform) else {}
        m.submodules.rows = rows = Memory(
            shape=len(self.i), depth=1 << len(last), init=[], attrs=attributes
        )
        written, wanted = rows.write_port(), rows.read_port()
        m.d.comb += [
            written.addr.eq(last), written.data.eq(self.i), written.en.eq(self.write),
            wanted.addr.eq(first), wanted.en.eq(read),
        ]
        with m.If(leave):
            m.d.sync += self.word.eq(wanted.data)
        return m

    def place(self, m, moves):
        """A place in the memory; with ``moves`` it goes on to the next one."""
        place = Signal(place_bits(self.depth), name="place")
        with m.If(moves):
            m.d.sync += place.eq(place + 1)
        return place
