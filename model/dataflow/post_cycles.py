"""The exact cycles of a layer whose sums are requantized: lanes may be slower than the array.

A row of sums takes the lanes ``chunks`` cycles, and a tile has R rows. Where that is more than a
tile's cycles, rows wait in the output FIFO, and in the end tiles wait for room in it. What happens
is the same for tile after tile, and so it is computed only until it repeats itself.
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
from convolith.model.dataflow.sequence import Repeat, Sequenced, Tile

__all__ = ["POST_LATENCY", "STORE_GAP", "post_cycles"]

POST_LATENCY = {"int32": 22, "float32": 27, "tflite": 14}
"""From the cycle in which the lanes take sums to the cycle in which their activations are there."""

RETURN_LATENCY = 2
"""From the cycle in which a row leaves the FIFO to the one in which a tile may have its room."""


STORE_GAP = 2
"""Cycles between the first row of a tile and that of the next, where their results are stored in
different places: patches, or passes. Only where results can be stored."""


class _Pipeline:
    """What of the past matters to the tiles to come, in cycles relative to the last tile's start.

    ``left``: the last row left the FIFO; ``moved``: the first row of a tile that moves did.
    ``returned``: when rows gave their room back, as far as a tile may still have to wait for it,
    the earliest first.
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
        self.time = -self.tile_cycles  # the last tile's start, of which there is none yet
        self.left = self.moved = -1 << 30
        # The room that there is at the beginning has been returned long ago.
        self.returned = [-1 << 30] * output_rows(config)

    def run(self, part: Sequenced) -> None:
        if isinstance(part, Repeat):
            self.repeat(part.count, part.parts)
        else:
            self.tile(part)

    def repeat(self, count: int, parts: Iterable[Sequenced]) -> None:
        """As soon as the state is one that was there, the rest is the same again."""
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
        # What is long ago does not matter any more, however long.
        oldest = -2 * self.tile_cycles
        return tuple(max(cycle, oldest) for cycle in (self.left, self.moved, *self.returned))

    def tile(self, tile: Tile) -> None:
        """Starts when there is room for all rows; those without an output need none for long."""
        count = len(self.delays)
        room = self.returned[count - 1] + RETURN_LATENCY
        start = max(self.tile_cycles, room)
        self.time += start
        self.left -= start
        self.moved -= start
        self.returned = [cycle - start for cycle in self.returned[count:]]
        has_output = set(tile.rows)
        moves = tile.moves
        for row in sorted(range(count), key=self.delays.__getitem__):
            written = self.written + self.delays[row]
            if row not in has_output:
                insort(self.returned, written)
                continue
            begun = max(written + FIFO_LATENCY, self.left + 1)
            if moves:
                begun = max(begun, self.moved + 1 + self.gap)
            self.left = begun + self.chunks - 1
            if moves:
                self.moved, moves = self.left, False
            insort(self.returned, self.left)


def post_cycles(tiling: Dataflow) -> int:
    """Cycles from accepting the layer to its last activations."""
    pipeline = _Pipeline(tiling)
    pipeline.run(tiling.sequence())
    last = START_LATENCY + pipeline.time + pipeline.left
    return last + POST_LATENCY[tiling.config.post_mode] + FIFO_LATENCY
