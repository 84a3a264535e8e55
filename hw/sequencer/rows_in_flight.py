"""Whether rows of sums are still in the array."""

from amaranth.hdl import *

__all__ = ["RowsInFlight"]


class RowsInFlight(Elaboratable):
    """Counts the rows that have started and have not left the array yet.

    Parameters
    ----------
    rows, most : int
        Rows of a tile; the most rows that can be in flight.
    take, done : Value
        A tile starts; a row has left the array. Both count in the next cycle.

    Members
    -------
    any : Signal
        There are rows in flight. It falls a cycle after the last one is ``done``.
    """

    def __init__(self, rows: int, most: int, *, take: Value, done: Value):
        self.rows, self.take, self.done = rows, take, done
        # The number of rows minus one: its sign says that there is none.
        self.remaining = Signal(range(-1, most), init=-1)
        self.any = ~self.remaining[-1]

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.remaining.eq(self.remaining - self.done + Mux(self.take, self.rows, 0))
        return m
