"""The slots of layers with shared words: one pixel per tile, weights only where there are taps."""

from dataclasses import replace

from amaranth.hdl import *

from convolith.hw.sequencer.loopnest import LOOPS, LoopNest
from convolith.hw.sequencer.slot import Decoded

__all__ = ["FIELDS", "shared_slot"]

FIELDS = ("next",)
"""The slot takes the next word of a line, in a layer with shared words, if no loop goes on."""


def shared_slot(
    m: Module, nest: LoopNest, plain: Decoded, *, shares: Value, lines: int
) -> Decoded:
    """The walker gives a tile's patch in its first slot; a step is a line of words.

    ``shares``: the layer has shared words; ``lines``: of outputs in a patch.
    """
    # With one line of outputs each line of words has taps.
    taps, last_line = _lines_with_taps(m, nest) if lines > 1 else (C(1), nest.last_step)
    has_taps, is_last = _slots_with_taps(m, nest)
    last_weights = Mux(shares, last_line, nest.last_step) & is_last
    return replace(
        plain,
        row=Mux(shares, 0, nest.slot),
        first_step=plain.first_step & (plain.step_start | ~shares),
        walk=Mux(shares, plain.step_start & nest.first_step, plain.walk),
        last_walk=plain.last_walk | shares,
        weights=nest.active & has_taps & (taps | ~shares),
        last_weights=last_weights,
        more={**plain.more, "next": nest.active & shares},
    )


def _slots_with_taps(m: Module, nest: LoopNest) -> tuple[Value, Value]:
    """Whether this slot of a step has a tap, and whether it is the last one that has.

    Both are known a cycle ahead, in registers, as a slot's flags have long ways to go.
    """
    has_taps, is_last = (Signal(name=name, reset_less=True) for name in ("has_taps", "is_last"))
    taps = nest.layer.taps_y
    before_last = Signal.like(taps, reset_less=True)
    begins = ~nest.active | nest.step_end  # the next slot, whenever it is, is its step's first
    m.d.sync += [
        before_last.eq(taps - 2),  # right from a layer's second cycle on
        is_last.eq(Mux(begins, taps == 1, nest.slot == before_last)),
        has_taps.eq(begins | (has_taps & ~is_last)),
    ]
    return has_taps, is_last


def _lines_with_taps(m: Module, nest: LoopNest) -> tuple[Value, Value]:
    """Whether this line has taps, and whether it is the tile's last line with taps."""
    line_end, phase_end = (nest.wrap[LOOPS.index(name)] for name in ("kx", "ic"))
    remaining = Signal(signed(len(nest.layer.taps_x) + 1))  # lines with taps after this one
    with m.If(nest.start | phase_end):
        m.d.sync += remaining.eq(nest.layer.taps_x - 1)
    with m.Elif(line_end & ~remaining[-1]):
        m.d.sync += remaining.eq(remaining - 1)
    return ~remaining[-1], nest.last_phases & (remaining == 0)
