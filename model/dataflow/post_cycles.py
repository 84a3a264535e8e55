"""The exact cycles of a layer whose sums are requantized: lanes may be slower than the array.

A row of sums takes the lanes ``chunks`` cycles, and a tile has R rows. If that is more than a
tile's cycles, tiles wait for room in the output FIFO. The same then happens in tile after tile, so
tiles are computed only until the state repeats itself.
"""

from convolith.model.dataflow.cycles import START_LATENCY
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.exits import LanesExit
from convolith.model.dataflow.pipeline import Pipeline
from convolith.model.dataflow.sequence import all_tiles

__all__ = ["post_cycles", "tile_starts"]


def tile_starts(tiling: Dataflow) -> list[int]:
    """The slot in which each tile starts, if the sums go through the lanes; the first one: 0."""
    pipeline, starts = Pipeline(tiling, LanesExit(tiling, skips=True)), []
    for tile in all_tiles(tiling.sequence()):
        pipeline.tile(tile)
        starts.append(pipeline.start - START_LATENCY)
    return starts


def post_cycles(tiling: Dataflow) -> int:
    """Cycles from accepting the layer to its last activations."""
    pipeline = Pipeline(tiling, LanesExit(tiling, skips=True))
    pipeline.run(tiling.sequence())
    return pipeline.exit.last
