"""The address of each patch's results in the activation memory."""

from amaranth.hdl import *

from convolith.hw.sequencer.countdown import nest_loops

__all__ = ["PatchWalk"]

LOOPS = ("oy", "ox", "n")
"""Loops over a layer's patches, the innermost first."""


class PatchWalk(Elaboratable):
    """Goes through (pass, n, patch_x, patch_y), with one adder for all loops.

    In a layer of another dataflow the whole pass counts as one tile. Latency: the members describe
    the next tile two cycles after ``next``. Reset: none; the start of a layer sets all registers.

        cycle       0        1                    2
        next        *
        goes_on              loop that goes on
        following            sum
        address                                   next tile's
        line, lines                               next tile's

    Parameters
    ----------
    layer : register_layout(config)
    shares : Value
        The layer has shared words, and so patches.
    start : Value
        A layer begins, whatever ``next`` says.
    next : Value
        The walk goes on to the next tile; two or more cycles after the one before.

    Members
    -------
    address : Value
        The pixel of the tile's first output, in words of L.
    line, lines : Signal
        The tile's outputs along y, and along x, minus two.
    pass_end : Value
        The walk leaves the pass's last tile.
    """

    def __init__(self, layer, *, shares: Value, start: Value, next: Value):
        self.layer, self.shares, self.start, self.next = layer, shares, start, next
        self.at = {
            name: Signal.like(layer.store_base, name=f"at_{name}", reset_less=True)
            for name in LOOPS
        }
        self.address = self.at[LOOPS[0]]
        self.line = Signal.like(layer.last_j, reset_less=True)
        self.lines = Signal.like(layer.last_i, reset_less=True)
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
        # Cycle 1: registers say which loop goes on, so the sum does not wait for the counters.
        # After a layer's last tile the walk goes on once more. If the next layer starts in that
        # very cycle, no loop may go on.
        m.d.sync += [
            *(step.eq(end & ~last & ~self.start)
              for step, end, last in zip(goes_on, ends, lasts, strict=True)),
            restart.eq(self.start | pass_end),
        ]
        # at[loop] is the address at which the current round of that loop began. The loop that goes
        # on adds its step to its own. Without such a loop a pass begins, at `store_base`.
        origin, delta = layer.store_base, C(0, len(layer.store_base))
        for name, step in zip(LOOPS, goes_on, strict=True):
            origin = Mux(step, at[name], origin)
            delta = Mux(step, layer[f"store_{name}"], delta)
        following = origin + delta
        # The loops within it begin their first round at the same address.
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
