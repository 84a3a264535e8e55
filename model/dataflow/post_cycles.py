"""The exact cycles of a layer whose sums are requantized: lanes may be slower than the array.

A row of sums takes the lanes ``chunks`` cycles, and a tile has R rows. If that is more than a
tile's cycles, rows wait in the output FIFO, and after some tiles the next one waits for room in it.
The same then happens in tile after tile, so tiles are computed only until the state repeats itself.
"""

from bisect import insort
from collections.abc import Iterable

from convolith.model.dataflow.cycles import (
    FIFO_LATENCY,
    OPERANDS,
    START_LATENCY,
    array_latency,
    exit_latency,
    output_rows,
)
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.post_rows import chunks
from convolith.model.dataflow.sequence import Repeat, Sequenced, Tile, all_tiles

__all__ = ["POST_LATENCY", "STORE_GAP", "post_cycles", "tile_starts"]

POST_LATENCY = {"int32": 22, "float32": 27, "tflite": 14}
"""From the cycle in which the lanes take sums to the cycle in which their activations are there."""

RETURN_LATENCY = 3
"""From the cycle in which a row leaves the FIFO to the cycle in which a tile can take its room."""


STORE_GAP = 2
"""Cycles that must lie between the first rows of two tiles whose results are stored in different
places, as those of two patches or passes are. Only in arrays that can store results."""


class _Pipeline:
    """The state on which the next tiles depend, in cycles relative to the last tile's start.

    ``exit_cycle``: the cycle in which the last row left the FIFO. ``moved``: the cycle in which the
    first row of the last tile that moves left it. ``returned``: the cycles in which rows gave their
    room back, the earliest first; only room that no tile has taken again.
    """

    def __init__(self, tiling: Dataflow):
        config = tiling.config
        self.tile_cycles = tiling.tile_cycles
        self.chunks = chunks(tiling)
        self.gap = STORE_GAP * config.store_results
        self.delays = [tiling.delay(row) for row in range(config.rows)]
        self.written = (
            tiling.tile_cycles - tiling.unused + OPERANDS + array_latency(config)
            + exit_latency(config)
        )
        self.time = -self.tile_cycles  # the start of a last tile before the first one
        self.exit_cycle = self.moved = -1 << 30
        # The room that there is at the beginning has been returned long ago.
        self.returned = [-1 << 30] * output_rows(config)

    def run(self, part: Sequenced) -> None:
        if isinstance(part, Repeat):
            self.repeat(part.count, part.parts)
        else:
            self.tile(part)

    def repeat(self, count: int, parts: Iterable[Sequenced]) -> None:
        """Runs all parts ``count`` times. Once a state comes again, whole periods are skipped."""
        seen: dict[tuple[int, ...], tuple[int, int]] = {}
        done = 0
        while done < count:
            state = self.state()
            if state in seen:
                before, time = seen[state]
                rounds = (count - done) // (done - before)
                self.time += rounds * (self.time - time)
                done += rounds * (done - before)
                seen = {}
                if done == count:
                    return
            else:
                seen[state] = done, self.time
            for part in parts:
                self.run(part)
            done += 1

    def state(self) -> tuple[int, ...]:
        # Cycles that are long past have no effect, so they all count as the same.
        oldest = -2 * self.tile_cycles
        return tuple(max(cycle, oldest) for cycle in (self.exit_cycle, self.moved, *self.returned))

    def tile(self, tile: Tile) -> None:
        """Starts a tile as soon as there is room for all rows, and sends its rows to the lanes.

        A row without an output gives its room back when it completes.
        """
        count = len(self.delays)
        room = self.returned[count - 1] + RETURN_LATENCY
        start = max(self.tile_cycles, room)
        self.time += start
        self.exit_cycle -= start
        self.moved -= start
        self.returned = [cycle - start for cycle in self.returned[count:]]
        has_output = set(tile.rows)
        moves = tile.moves
        for row in sorted(range(count), key=self.delays.__getitem__):
            written = self.written + self.delays[row]
            if row not in has_output:
                insort(self.returned, written)
                continue
            begun = max(written + FIFO_LATENCY, self.exit_cycle + 1)
            if moves:
                begun = max(begun, self.moved + 1 + self.gap)
            self.exit_cycle = begun + self.chunks - 1
            if moves:
                self.moved, moves = self.exit_cycle, False
            insort(self.returned, self.exit_cycle)


def tile_starts(tiling: Dataflow) -> list[int]:
    """The slot in which each tile starts, if the sums go through the lanes; the first one: 0."""
    pipeline, starts = _Pipeline(tiling), []
    for tile in all_tiles(tiling.sequence()):
        pipeline.tile(tile)
        starts.append(pipeline.time)
    return starts


def post_cycles(tiling: Dataflow) -> int:
    """Cycles from accepting the layer to its last activations."""
    pipeline = _Pipeline(tiling)
    pipeline.run(tiling.sequence())
    last = START_LATENCY + pipeline.time + pipeline.exit_cycle
    return last + POST_LATENCY[tiling.config.post_mode] + FIFO_LATENCY
