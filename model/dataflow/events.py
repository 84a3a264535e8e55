"""When things happen while a layer runs and its outputs are not always ready, cycle for cycle."""

from collections.abc import Sequence
from dataclasses import dataclass

from convolith.model.dataflow.cycles import BOUNDS_CHECK, OPERANDS
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.exits import DirectExit, Exit, LanesExit, NoExit
from convolith.model.dataflow.pipeline import Pipeline
from convolith.model.dataflow.readiness import ALWAYS, Readiness
from convolith.model.dataflow.sequence import all_tiles

__all__ = ["Events", "events"]

PORT_LATENCY = 2
"""From the last cycle in which a block needs the registers to the one in which ``i_layer`` is ready
again."""


@dataclass(frozen=True, kw_only=True)
class Events:
    """The events of one layer. Cycle 1 follows the edge that accepts it.

    Parameters
    ----------
    end : int
        The layer's last row, or last activations, are taken; or its last row has been kept.
    row_cycles : sequence of int
        The cycles in which each row of sums, or each word of activations, is taken.
    ready : int
        The first cycle in which ``i_layer`` is ready again.
    lanes_active : int
        Cycles in which the lanes have sums.
    """

    end: int
    row_cycles: Sequence[int]
    ready: int
    lanes_active: int


def events(
    tiling: Dataflow, readiness: Readiness = ALWAYS, *, requantized: bool = False,
    kept: bool = False,
) -> Events:
    """The events of a layer; ``kept``: its sums stay in the memory for partial sums.

    The cycle in which ``i_layer`` is ready again is that of cores without a part's own cells.
    """
    exit_ = _exit(tiling, readiness, requantized=requantized, kept=kept)
    pipeline = Pipeline(tiling, exit_)
    for tile in all_tiles(tiling.sequence()):
        pipeline.tile(tile)
    last_slot = pipeline.start + tiling.tile_cycles  # its decoded cycle; the nest's is one before
    config = tiling.config
    # A slot waits for a cycle in front of the blocks (`hw.core.Core`).
    if config.shares_words:
        needed = max(pipeline.done, last_slot + BOUNDS_CHECK + 1)
    elif config.adds:
        needed = pipeline.done
    else:
        needed = last_slot + OPERANDS + 1
    return Events(
        end=exit_.last,
        row_cycles=exit_.out,
        ready=max(needed, last_slot - 1, exit_.needed) + PORT_LATENCY,
        lanes_active=exit_.lanes_active,
    )


def _exit(tiling: Dataflow, readiness: Readiness, *, requantized: bool, kept: bool) -> Exit:
    if kept:
        return NoExit(readiness)
    return LanesExit(tiling, readiness) if requantized else DirectExit(readiness)
