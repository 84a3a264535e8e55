"""A delay of as many cycles as a layer wants."""

from amaranth.hdl import *
from amaranth.lib.memory import Memory

from convolith.model.options.shared_words import MOST_LINE_DELAY

__all__ = ["VariableDelay"]


class VariableDelay(Elaboratable):
    """Hands a value on ``cycles`` cycles later, 0 to ``most``: a ring of words, one per cycle.

    Throughput: a value per cycle. Reset: of the ring's place only; after ``cycles`` cycles all
    values are its own.

    Parameters
    ----------
    i : Value
    cycles : Value
        Stable while values that matter are under way.
    most : int

    Members
    -------
    o : Signal
    """

    def __init__(self, i: Value, cycles: Value, most: int = MOST_LINE_DELAY):
        self.i, self.cycles, self.most = i, cycles, most
        self.o = Signal(len(i))

    def elaborate(self, platform):
        m = Module()
        depth = 1 << self.most.bit_length()
        m.submodules.ring = ring = Memory(shape=len(self.i), depth=depth, init=[])
        write, read = ring.write_port(), ring.read_port(domain="comb")
        place = Signal(range(depth))
        behind = Signal.like(place)  # where the value that leaves in this cycle lies
        through = Signal()
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
