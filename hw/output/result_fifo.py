"""The output FIFO: rows of sums until they are taken."""

from amaranth.hdl import *
from amaranth.lib.memory import Memory

from convolith.hw.cells.ecp5 import is_ecp5

__all__ = ["ResultFifo"]

SLICE = 32  # bits of a row that lie together on an ECP5
LUT_ROWS = 64  # an ECP5's block RAM gives a row 5 ns later than its LUTs, and is half empty


class ResultFifo(Elaboratable):
    """A FIFO that is never full, as nothing starts without room in it (`Credits`).

    So a row is written without a look at the level, which in a FIFO that can be full is a way that
    limits the clock. Rows are wide and come from all over the array: on an ECP5 they are cut into
    slices, each a FIFO with counters of its own, which do the same in the same cycles. Latency:
    FIFO_LATENCY (3) cycles from ``write`` to ``o``. Throughput: a row per cycle. Reset: empty.

    Parameters
    ----------
    depth : int
        Rows, beside the two in the registers behind the memory.
    i : Value
        A row,
    write : Value
        that is to be kept.
    o : stream
    late : bool
        ``o.ready`` comes late in the cycle.
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
    """Some bits of the rows."""

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
        # One less than the rows in the memory: its sign says that there is none.
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
        if self.late:  # what is added waits for no reader then, only whether it is
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
