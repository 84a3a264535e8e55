"""The slots of the plain loop nest."""

from amaranth.hdl import *

from convolith.hw.sequencer.loopnest import LoopNest
from convolith.hw.sequencer.slot import Decoded
from convolith.model.options.config import ArrayConfig

__all__ = ["dense_slot"]


def dense_slot(config: ArrayConfig, nest: LoopNest) -> Decoded:
    """Slot r fetches the word of row r, and slot b consumes the weight word of beat b.

    A step has as many slots as the larger of the two numbers needs.
    """
    slots = max(config.rows, config.beats)
    fetches, consumes = (
        nest.slot < count if count < slots else C(1) for count in (config.rows, config.beats)
    )
    return Decoded(
        step_start=nest.active & (nest.slot == 0),
        row=nest.slot,
        first_step=nest.first_step,
        walk=nest.active & nest.first_step & fetches,
        last_walk=nest.slot == config.rows - 1,
        weights=nest.active & consumes,
        last_weights=nest.last_step & (nest.slot == config.beats - 1),
        oc_end=nest.last_px,
    )
