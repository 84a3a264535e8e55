"""Where the results of each patch go in the activation memory."""

from amaranth.hdl import *

from convolith.hw.sequencer.countdown import nest_loops

__all__ = ["PatchWalk"]

LOOPS = ("oy", "ox", "n")
"""Loops over a layer's patches, the innermost first."""


class PatchWalk(Elaboratable):
    """Goes through (pass, n, patch_x, patch_y): one sum for all loops. Reset: none.

    A layer of another dataflow has one tile in a pass. Latency: what follows a tile is there two
    cycles after ``next``.

    Parameters
    ----------
    layer : register_layout(config)
    shares : Value
        The layer's rows share words: it has patches.
    start : Value
        A layer begins.
    next : Value
        Goes on to the next tile.

    Members
    -------
    address : Value
        Of the tile's first output's pixel, in words of L.
    line, lines : Signal
        Its outputs along y, and along x, less two.
    pass_end : Value
        The tile is its pass's last, and the walk goes on.
    """

    def __init__(self, layer, *, shares: Value, start: Value, next: Value):
        self.layer, self.shares, self.start, self.next = layer, shares, start, next
        self.at = {name: Signal.like(layer.store_base, name=f"at_{name}") for name in LOOPS}
        self.address = self.at[LOOPS[0]]
        self.line = Signal.like(layer.last_j)
        self.lines = Signal.like(layer.last_i)
        self.pass_end = Signal()

    def elaborate(self, platform):
        m = Module()
        layer, at = self.layer, self.at
        counts = {
            name: Mux(self.shares, layer[f"{name}_count"], -1).as_signed() for name in LOOPS
        }
        ends, lasts, pass_end = nest_loops(m, counts, self.start, self.next, apart=True)
        goes_on = [Signal(name=f"step_{name}") for name in LOOPS]
        restart = Signal()
        m.d.comb += self.pass_end.eq(pass_end)
        m.d.sync += [
            *(step.eq(end & ~last) for step, end, last in zip(goes_on, ends, lasts, strict=True)),
            restart.eq(self.start | pass_end),
        ]
        # The next tile begins where the loop that goes on had its last one, and a step further.
        origin, delta = layer.store_base, C(0, len(layer.store_base))
        for name, step in zip(LOOPS, goes_on, strict=True):
            origin = Mux(step, at[name], origin)
            delta = Mux(step, layer[f"store_{name}"], delta)
        following = origin + delta
        # The loops within it begin there as well.
        moves = restart
        for name, step in reversed(list(zip(LOOPS, goes_on, strict=True))):
            moves = moves | step
            with m.If(moves):
                m.d.sync += at[name].eq(following)
        last_y, last_x, _ = lasts
        m.d.sync += [
            self.line.eq(Mux(last_y, layer.last_j, layer.patch_j)),
            self.lines.eq(Mux(last_x, layer.last_i, layer.patch_i)),
        ]
        return m
