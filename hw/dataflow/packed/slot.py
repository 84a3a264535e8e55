"""The slots of packed tiles: a tile can have rows of two output-channel tiles."""

from dataclasses import replace

from amaranth.hdl import *

from convolith.hw.dataflow.packed.pass_ends import PassEnds
from convolith.hw.sequencer.loopnest import LOOPS, LoopNest
from convolith.hw.sequencer.slot import Decoded
from convolith.model.options.config import ArrayConfig

__all__ = ["FIELDS", "packed_slot"]

FIELDS = ("crosses", "both", "walked")
"""The tile has rows of two oc_tiles; it ends both of them; this slot takes its last pixel."""


def packed_slot(
    m: Module, config: ArrayConfig, nest: LoopNest, slot: Decoded, *, packs: Value
) -> Decoded:
    """The plain slot, with the ends of passes counted in pixels instead of tiles.

    ``packs``: the layer's tiles are packed.
    """
    layer = nest.layer
    m.submodules.pass_ends = ends = PassEnds(
        config.rows, layer.beyond, start=nest.start, tile_end=nest.wrap[LOOPS.index("px")]
    )
    crosses = packs & ends.crosses & (~nest.last_px | layer.last_crosses)
    return replace(
        slot,
        oc_end=Mux(packs, ends.last, slot.oc_end),
        more={
            **slot.more,
            "crosses": crosses,
            "both": packs & ends.both,
            "walked": slot.walk & slot.last_walk,
        },
    )
