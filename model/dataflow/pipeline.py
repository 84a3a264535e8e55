"""Tiles, one after the other: each starts as soon as there is room for its rows of sums.

If rows leave more slowly than tiles give them, they wait in the output FIFO, and after some tiles
the next one waits for room in it. Cycles count as everywhere: cycle 1 follows the edge that accepts
the layer.
"""

from bisect import bisect_right, insort
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
from convolith.model.dataflow.exits import LONG_AGO, Exit
from convolith.model.dataflow.sequence import Repeat, Sequenced, Tile

__all__ = ["Pipeline"]

RETURN_LATENCY = 3
"""From the cycle in which a row leaves the FIFO to the cycle in which a tile can take its room."""


class Pipeline:
    """The state on which the next tiles depend.

    Parameters
    ----------
    tiling : Dataflow
    exit_ : Exit
        The way of the rows out of the FIFO.

    Members
    -------
    start : int
        The cycle before the last tile's first slot.
    done : int
        The cycle in which the last row of sums was at the FIFO's input, with an output or without.
    """

    def __init__(self, tiling: Dataflow, exit_: Exit):
        config = tiling.config
        self.exit = exit_
        self.tile_cycles = tiling.tile_cycles
        self.delays = [tiling.delay(row) for row in range(config.rows)]
        self.order = sorted(range(config.rows), key=self.delays.__getitem__)
        self.written = (
            tiling.tile_cycles - tiling.unused + OPERANDS + array_latency(config)
            + exit_latency(config)
        )
        # From a tile's start: rows that left by then keep none of the tile's rows waiting.
        self.early = self.written + min(self.delays) + FIFO_LATENCY - 1 - exit_.gap
        self.start = START_LATENCY - self.tile_cycles  # of a last tile before the first one
        self.done = LONG_AGO
        # When rows gave their room back, the earliest first: only room that no tile has taken. The
        # room that there is at the beginning has been returned long ago.
        self.returned = [LONG_AGO] * output_rows(config)

    def run(self, part: Sequenced) -> None:
        """Runs tiles."""
        if isinstance(part, Repeat):
            self.repeat(part.count, part.parts)
        else:
            self.tile(part)

    def repeat(self, count: int, parts: Iterable[Sequenced]) -> None:
        """Runs all parts ``count`` times.

        If the exit skips, whole periods are skipped once a state comes again.
        """
        seen: dict[tuple[int, ...], tuple[int, int]] = {}
        done = 0
        while done < count:
            if self.exit.skips:
                state = self.state()
                if state in seen:
                    before, start = seen[state]
                    rounds = (count - done) // (done - before)
                    self.shift(rounds * (self.start - start))
                    done += rounds * (done - before)
                    seen = {}
                    if done == count:
                        return
                else:
                    seen[state] = done, self.start
            for part in parts:
                self.run(part)
            done += 1

    def state(self) -> tuple[int, ...]:
        """All on which later tiles depend.

        They start after the next cycles of a tile, whenever there was room before that. Likewise
        their rows leave whenever the rows before them have left early enough.
        """
        start = self.start
        early = self.tile_cycles + self.early
        known = [max(cycle, early) for cycle in self.exit.state(start)]
        first = bisect_right(self.returned, start + self.tile_cycles - RETURN_LATENCY)
        return (*known, *[cycle - start for cycle in self.returned[first:]])

    def shift(self, cycles: int) -> None:
        """All was so many cycles later."""
        self.start += cycles
        self.done += cycles
        self.returned = [cycle + cycles for cycle in self.returned]
        self.exit.shift(cycles)

    def tile(self, tile: Tile) -> None:
        """Starts a tile as soon as there is room for all rows, and sends its rows out.

        A row without an output gives its room back when it completes.
        """
        count = len(self.delays)
        room = self.returned[count - 1] + RETURN_LATENCY
        self.start = max(self.start + self.tile_cycles, room)
        del self.returned[:count]
        has_output = set(tile.rows)
        moves = tile.moves
        for row in self.order:
            self.done = self.start + self.written + self.delays[row]
            if row in has_output:
                insort(self.returned, self.exit.leave(self.done, moves=moves))
                moves = False
            else:
                insort(self.returned, self.done)
