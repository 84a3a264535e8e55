"""Room at the output, counted so that no tile has to stop half-way."""

from amaranth.hdl import *

__all__ = ["Credits"]


class Credits(Elaboratable):
    """Room for ``depth`` rows of sums. A tile takes ``rows``, and each row gives one back.

    The register holds the room that is left if one more tile starts. Its sign says whether that
    tile fits. Reset: all room is free.

    Parameters
    ----------
    rows, depth : int
        Rows of a tile; rows of the output FIFO, at least as many.
    take : Value
        A tile starts; only with ``room``. It counts for ``room`` in the next cycle.
    sent, dropped : Value
        A row has left the FIFO; a row has completed that will not enter the FIFO, as it has no
        output. Both count for ``room`` two cycles later.

    Members
    -------
    room : Value
        There is room for a tile.
    """

    def __init__(self, rows: int, depth: int, *, take: Value, sent: Value, dropped: Value):
        if depth < rows:
            raise ValueError(f"depth must be at least rows = {rows}, not {depth}")
        self.rows, self.take, self.sent, self.dropped = rows, take, sent, dropped
        self.spare = Signal(range(-rows, depth - rows + 1), init=depth - rows)
        self.room = ~self.spare[-1]

    def elaborate(self, platform):
        m = Module()
        back = Signal(2)  # registered: `sent` comes from outside the core
        m.d.sync += back.eq(self.sent + self.dropped)
        m.d.sync += self.spare.eq(self.spare + back - Mux(self.take, self.rows, 0))
        return m
