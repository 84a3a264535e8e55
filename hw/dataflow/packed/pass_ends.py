"""Where a tile ends a pass through all pixels, if tiles run on into the next one."""

from amaranth.hdl import *

__all__ = ["PassEnds"]


class PassEnds(Elaboratable):
    """Counts the pixels that are left of the pass in which a tile's first row is.

    A tile goes on with the next pass, and no further. Latency: a tile's are known in the cycle
    after the one before has ended.

    Parameters
    ----------
    rows : int, R
    beyond : Value, signed
        Pixels of a pass - R; stable, from the cycle before the first tile on.
    start : Value
        A layer begins.
    tile_end : Value
        A tile ends.

    Members
    -------
    last : Value
        The pass ends in this tile,
    crosses : Value
        and rows are left for the next one,
    both : Value
        which ends in this tile as well.
    """

    def __init__(self, rows: int, beyond: Value, *, start: Value, tile_end: Value):
        self.rows, self.beyond, self.start, self.tile_end = rows, beyond, start, tile_end
        # Pixels of the pass beyond this tile, less one: its sign says that there are none.
        self.remaining = Signal(signed(max(len(beyond), rows.bit_length() + 1) + 1))
        self.last = self.remaining[-1]
        self.crosses = self.last & ~self.remaining.all()
        self.pixels = Signal(signed(len(beyond) + 1))  # of a pass
        self.both = (self.remaining + self.pixels)[-1]

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.pixels.eq(self.beyond + self.rows)
        with m.If(self.start | (self.tile_end & self.both)):
            m.d.sync += self.remaining.eq(self.beyond - 1)
        with m.Elif(self.tile_end):
            m.d.sync += self.remaining.eq(self.remaining + Mux(self.last, self.beyond, -self.rows))
        return m
