"""Room at the output, counted so that no tile ever has to stop half-way."""

from amaranth.hdl import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Credits"]


class Credits(wiring.Component):
    """Room for ``depth`` rows of sums: a tile takes ``rows`` at its start, each row gives its own back.

    The register holds the room beyond one tile's, so that its sign says whether a tile fits.

    Parameters
    ----------
    rows, depth : int
        Rows of a tile; rows of the output FIFO, at least as many.

    Members
    -------
    room : out
        A tile fits.
    take : in
        It starts; only with ``room``.
    sent, dropped : in
        A row has left the FIFO; a row without a pixel has completed, and will not enter it.
    """

    def __init__(self, rows: int, depth: int):
        if depth < rows:
            raise ValueError(f"depth must be at least rows = {rows}, not {depth}")
        self.rows, self.depth = rows, depth
        super().__init__({"room": Out(1), "take": In(1), "sent": In(1), "dropped": In(1)})

    def elaborate(self, platform):
        m = Module()
        spare = Signal(range(-self.rows, self.depth - self.rows + 1), init=self.depth - self.rows)
        m.d.comb += self.room.eq(spare >= 0)
        back = Signal(2)  # registered: `sent` comes from outside the core
        m.d.sync += back.eq(self.sent + self.dropped)
        m.d.sync += spare.eq(spare + back - Mux(self.take, self.rows, 0))
        return m
