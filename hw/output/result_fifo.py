"""The output FIFO: holds rows of sums until they are taken."""

from amaranth.hdl import *
from amaranth.lib.memory import Memory

from convolith.hw.cells.ecp5 import is_ecp5

__all__ = ["ResultFifo"]

SLICE = 32  # bits of a row that lie together on an ECP5
LUT_ROWS = 64  # up to here in LUTs: an ECP5's block RAM is 5 ns slower, and would be half empty


class ResultFifo(Elaboratable):
    """A FIFO that never overflows, as no tile starts without room in it (`Credits`).

    So a write does not check the level; in a FIFO that can be full this check limits the clock.
    Rows are wide and come from all over the array. On an ECP5 they are cut into slices: each is a
    FIFO with its own counters, and all slices do the same in the same cycle. Latency: FIFO_LATENCY
    (3) cycles from ``write`` to ``o``. Throughput: a row per cycle. Reset: empty.

        cycle      0        1        2        3
        write      *
        spare               0                          the memory has the row
        read                *
        filled                       *                 the memory's output register has it
        o.valid                               *        the register behind the memory has it

    Parameters
    ----------
    depth : int
        Rows of the memory. The two registers behind it hold two more.
    i : Value
        A row.
    write : Value
        The row is written.
    o : stream
        The rows, in the order in which they were written.
    late : bool
        ``o.ready`` comes late in the cycle, from long logic.
    """

    def __init__(self, depth: int, *, i: Value, write: Value, o, late: bool = False):
        self.depth, self.i, self.write, self.o, self.late = depth, i, write, o, late

    def elaborate(self, platform):
        m = Module()
        width = SLICE if is_ecp5(platform) else len(self.i)
        payload = Value.cast(self.o.payload)
        for bit in range(0, len(self.i), width):
            part = slice(bit, bit + width)
            fifo = Slice(self.depth, self.i[part], self.write, self.o.ready, self.late)
            m.submodules[f"slice_{bit}"] = fifo
            m.d.comb += payload[part].eq(fifo.word)
            if bit == 0:
                m.d.comb += self.o.valid.eq(fifo.valid)
        return m


class Slice(Elaboratable):
    """A FIFO for a slice of the rows' bits."""

    def __init__(self, depth: int, i: Value, write: Value, ready: Value, late: bool):
        self.depth, self.i, self.write, self.ready, self.late = depth, i, write, ready, late
        self.valid = Signal()
        self.word = Signal(len(i), reset_less=True)

    def elaborate(self, platform):
        m = Module()
        attributes = {}
        if is_ecp5(platform) and self.depth <= LUT_ROWS:
            attributes["ram_style"] = "distributed"
        m.submodules.rows = rows = Memory(
            shape=len(self.i), depth=self.depth, init=[], attrs=attributes
        )
        written, wanted = rows.write_port(), rows.read_port()
        # The number of rows in the memory minus one: its sign says that there is none.
        spare = Signal(range(-1, self.depth), init=-1)
        filled = Signal()  # the memory's own register
        leave, read = Signal(), Signal()
        m.d.comb += [
            leave.eq(~self.valid | self.ready),
            read.eq(~spare[-1] & (~filled | ~self.valid | self.ready)),
            written.data.eq(self.i),
            written.en.eq(self.write),
            wanted.en.eq(read),
        ]
        if self.late:
            # `read` comes late, as it follows from `ready`. The sum depends on `write` alone, and
            # only the register's enable waits for `read`.
            with m.If(self.write ^ read):
                m.d.sync += spare.eq(spare + Mux(self.write, 1, -1))
        else:
            m.d.sync += spare.eq(spare + self.write - read)
        self.advance(m, written.addr, self.write)
        self.advance(m, wanted.addr, read)
        with m.If(read | leave):
            m.d.sync += filled.eq(read)
        with m.If(leave):
            m.d.sync += [self.valid.eq(filled), self.word.eq(wanted.data)]
        return m

    def advance(self, m, address, when):
        place = Signal(range(self.depth), name="place")
        m.d.comb += address.eq(place)
        with m.If(when):
            m.d.sync += place.eq(Mux(place == self.depth - 1, 0, place + 1))
