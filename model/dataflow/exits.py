"""Where rows of sums leave the output FIFO, and when: straight to a stream, or into the lanes."""

from abc import ABC, abstractmethod

from convolith.model.dataflow.cycles import FIFO_LATENCY
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.post_rows import chunks
from convolith.model.dataflow.readiness import ALWAYS, Readiness

__all__ = ["POST_LATENCY", "STORE_GAP", "DirectExit", "Exit", "LanesExit", "NoExit"]

POST_LATENCY = {"int32": 22, "float32": 27, "tflite": 14}
"""From the cycle in which the lanes take sums to the cycle in which their activations are there."""

STORE_GAP = 2
"""Cycles that must lie between the first rows of two tiles whose results are stored in different
places, as those of two patches or passes are. Only in arrays that can store results."""

RESULTS_ROOM = FIFO_LATENCY + 4
"""Words for which the FIFO behind the lanes has room beyond those in the lanes."""

ROOM_LATENCY = 3
"""From the cycle in which results are taken to the first one in which their room is known."""

LONG_AGO = -1 << 40


class Exit(ABC):
    """The way of rows out of the FIFO.

    Parameters
    ----------
    readiness : Readiness
    skips : bool
        The outputs are always ready, and single rows do not matter: cycles can be skipped.

    Members
    -------
    cycle : int
        The last one in which a row, or a part of it, left the FIFO.
    out : list of int
        The cycles in which rows of sums, or words of activations, left the core; none if it skips.
    gap : int
        Cycles that must lie between two rows that move.
    """

    gap = 0

    def __init__(self, readiness: Readiness = ALWAYS, *, skips: bool = False):
        self.readiness, self.skips = readiness, skips
        self.cycle = LONG_AGO
        self.out: list[int] = []

    @abstractmethod
    def leave(self, written: int, *, moves: bool) -> int:
        """The cycle in which a row has left the FIFO into which it was written.

        ``moves``: its results are stored elsewhere than those of the row before.
        """

    def state(self, now: int) -> tuple[int, ...]:
        """All on which later rows depend, in cycles from ``now``, if it skips."""
        return (self.cycle - now,)

    def shift(self, cycles: int) -> None:
        """All was so many cycles later."""
        self.cycle += cycles

    @property
    def last(self) -> int:
        """The cycle in which the last row, or the last activations, left the core."""
        return self.cycle

    @property
    def needed(self) -> int:
        """The last cycle in which it needs the layer's registers."""
        return LONG_AGO

    @property
    def lanes_active(self) -> int:
        """Cycles in which there are sums in the lanes; unless it skips."""
        return 0


class DirectExit(Exit):
    """A row a cycle, to the stream ``o``."""

    def leave(self, written: int, *, moves: bool) -> int:
        self.cycle = self.readiness.first(max(written + FIFO_LATENCY, self.cycle + 1))
        self.out.append(self.cycle)
        return self.cycle


class NoExit(Exit):
    """Rows that are kept in the memory for partial sums, from which they give back their room."""

    def leave(self, written: int, *, moves: bool) -> int:
        self.cycle = written
        return written


class LanesExit(Exit):
    """L sums a cycle, into the lanes; their activations wait in a FIFO for the stream ``results``.

    The lanes take sums only if that FIFO has room for two words. What is known of its room is some
    cycles old (ROOM_LATENCY).

    Members
    -------
    taken : list of int
        The cycles in which the lanes took sums; none if it skips.
    """

    def __init__(self, tiling: Dataflow, readiness: Readiness = ALWAYS, *, skips: bool = False):
        super().__init__(readiness, skips=skips)
        config = tiling.config
        self.chunks = chunks(tiling)
        self.gap = STORE_GAP * config.store_results
        self.latency = POST_LATENCY[config.post_mode]
        self.room = self.latency + RESULTS_ROOM
        self.moved = LONG_AGO  # when the last row that moves left
        self.taken: list[int] = []

    def leave(self, written: int, *, moves: bool) -> int:
        begun = max(written + FIFO_LATENCY, self.cycle + 1)
        if moves:
            begun = max(begun, self.moved + 1 + self.gap)
        if self.skips:  # always ready: there is room
            self.cycle = begun + self.chunks - 1
        else:
            for _ in range(self.chunks):
                begun = self.take(begun) + 1
        if moves:
            self.moved = self.cycle
        return self.cycle

    def take(self, cycle: int) -> int:
        """The cycle in which the lanes take sums that are there from ``cycle`` on."""
        # In the cycle after others were taken, these are not counted yet.
        at_once = self.returned(self.room)
        later = self.returned(self.room - 1)
        if cycle != self.cycle + 1 or cycle < at_once:
            cycle = max(cycle, self.cycle + 2, later)
        self.cycle = cycle
        self.taken.append(cycle)
        there = cycle + self.latency + FIFO_LATENCY
        self.out.append(self.readiness.first(max(there, self.out[-1] + 1 if self.out else there)))
        return cycle

    def returned(self, before: int) -> int:
        """When the room is known again of the activations that came so many words before."""
        return self.out[-before] + ROOM_LATENCY if len(self.out) >= before else LONG_AGO

    def state(self, now: int) -> tuple[int, ...]:
        return (*super().state(now), self.moved - now)

    def shift(self, cycles: int) -> None:
        super().shift(cycles)
        self.moved += cycles

    @property
    def last(self) -> int:
        return self.out[-1] if self.out else self.cycle + self.latency + FIFO_LATENCY

    @property
    def needed(self) -> int:
        return self.cycle + self.latency

    @property
    def lanes_active(self) -> int:
        following = [*self.taken[1:], self.taken[-1] + self.latency]
        return sum(
            min(self.latency, after - begin)
            for begin, after in zip(self.taken, following, strict=True)
        )
