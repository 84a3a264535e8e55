"""A delay of as many cycles as a register says."""

from amaranth.hdl import *
from amaranth.lib.memory import Memory

__all__ = ["VariableDelay"]


class VariableDelay(Elaboratable):
    """Delays a value by ``cycles`` cycles, 0 to ``most``, with a memory that is used as a ring.

    Throughput: a value per cycle. Reset: in the next cycle there is no delay; the memory keeps its
    words, so ``o`` then shows older values for ``cycles`` cycles.

    Parameters
    ----------
    i : Value
    cycles : Value
        Stable while values that matter are in the ring.
    most : int
        The largest value of ``cycles``.

    Members
    -------
    o : Signal
    """

    def __init__(self, i: Value, cycles: Value, most: int):
        self.i, self.cycles, self.most = i, cycles, most
        self.o = Signal(len(i))

    def elaborate(self, platform):
        m = Module()
        depth = 1 << self.most.bit_length()
        m.submodules.ring = ring = Memory(shape=len(self.i), depth=depth, init=[])
        write, read = ring.write_port(), ring.read_port(domain="comb")
        place = Signal(range(depth), reset_less=True)
        # A register computes the read address a cycle ahead, so the read waits for no subtraction.
        behind = Signal.like(place)
        # No delay: the word is not in the memory before the next cycle. So it is after a reset, as
        # the words in the memory are from before.
        through = Signal(init=1)
        m.d.sync += [
            place.eq(place + 1),
            behind.eq(place + 1 - self.cycles),
            through.eq(self.cycles == 0),
        ]
        m.d.comb += [
            write.addr.eq(place),
            write.data.eq(self.i),
            write.en.eq(1),
            read.addr.eq(behind),
            self.o.eq(Mux(through, self.i, read.data)),
        ]
        return m
