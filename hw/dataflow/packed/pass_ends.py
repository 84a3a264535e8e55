"""Which tiles end a pass, where tiles are packed."""

from amaranth.hdl import *

__all__ = ["PassEnds"]


class PassEnds(Elaboratable):
    """Counts the pixels that are left of a pass: of the one that the tile's first row is in.

    A tile has rows of two passes at most. Latency: the members describe a tile from the cycle after
    the end of the tile before.

    Parameters
    ----------
    rows : int, R
    beyond : Value, signed
        Pixels of a pass - R. Stable from the cycle before the first tile on.
    start : Value
        A layer begins.
    tile_end : Value
        A tile ends.

    Members
    -------
    last : Value
        The first row's pass ends in this tile.
    crosses : Value
        That pass ends before the tile's last row, so rows are left for the next pass.
    both : Value
        The first row's pass and the next one both end in this tile.
    """

    def __init__(self, rows: int, beyond: Value, *, start: Value, tile_end: Value):
        self.rows, self.beyond, self.start, self.tile_end = rows, beyond, start, tile_end
        # Pixels of the pass beyond this tile, minus one. No comparison: it is negative if the pass
        # ends in this tile, and below -1 if rows are left over. Its register changes at the end of
        # a tile, so all members are known throughout the tile.
        self.remaining = Signal(signed(max(len(beyond), rows.bit_length() + 1) + 1))
        self.last = self.remaining[-1]
        self.crosses = self.last & ~self.remaining.all()
        self.pixels = Signal(signed(len(beyond) + 1))  # of a pass
        # The next pass has `pixels`, and -1 - remaining rows are left for it.
        self.both = (self.remaining + self.pixels)[-1]

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.pixels.eq(self.beyond + self.rows)
        # A tile that ends both passes has no third one: rows that are left over stay idle.
        with m.If(self.start | (self.tile_end & self.both)):
            m.d.sync += self.remaining.eq(self.beyond - 1)
        with m.Elif(self.tile_end):
            m.d.sync += self.remaining.eq(self.remaining + Mux(self.last, self.beyond, -self.rows))
        return m
