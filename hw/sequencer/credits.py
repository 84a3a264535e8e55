"""Room at the output, counted so that no tile ever has to stop half-way."""

from amaranth.hdl import *

__all__ = ["Credits"]


class Credits(Elaboratable):
    """Room for ``depth`` rows of sums: a tile takes ``rows``, each row gives its own back.

    The register holds the room beyond one tile's, so that its sign says whether a tile fits.

    Parameters
    ----------
    rows, depth : int
        Rows of a tile; rows of the output FIFO, at least as many.
    take : Value
        A tile starts; only with ``room``.
    sent, dropped : Value
        A row has left the FIFO; a row without a pixel has completed, and will not enter it. Counts
        for ``room`` two cycles later; ``take`` counts in the next.

    Members
    -------
    room : Value
        A tile fits.
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
