"""A campaign runs units on workers. It ends when it has enough cases, or its time is over."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from time import monotonic

from convolith.sim.fuzz.features import OF_RTL, Pair
from convolith.sim.fuzz.kinds import CASES, KINDS
from convolith.sim.fuzz.met import Met
from convolith.sim.fuzz.trials import Unit
from convolith.sim.fuzz.unit import EQUAL, Failure, Found, run_unit
from convolith.sim.network.workers import Workers

__all__ = ["Campaign"]

FREE_UNITS = 4
"""Units of each kind that are drawn freely, before what never met is drawn."""


@dataclass
class Campaign:
    """The number of cases that are wanted of each kind, and the results so far.

    Parameters
    ----------
    seed : int
        The same seed and the same units give the same cases.
    wanted : dict
        For each kind of unit (`CASES`) the number of equal cases that are wanted.
    seconds : float
        No unit begins after this time.
    """

    seed: int
    wanted: dict[str, int]
    seconds: float
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    met: dict[str, Met] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    known: set[tuple[str, int]] = field(default_factory=set)
    elapsed: float = 0.0

    def __post_init__(self) -> None:
        self.counts = {kind: Counter() for kind, wanted in self.wanted.items() if wanted}
        self.met = {kind: Met() for kind in self.counts if kind in KINDS}

    @property
    def complete(self) -> bool:
        """Whether there are as many cases as are wanted."""
        return not any(self.missing(kind) for kind in self.counts)

    def missing(self, kind: str) -> int:
        """Cases of a kind that are still wanted."""
        return max(0, self.wanted[kind] - self.counts[kind][EQUAL])

    def resume(self, units: Iterable[Found]) -> None:
        """Takes the results of units that an earlier run has had."""
        for found in units:
            if found.kind in self.counts:
                self._add(found)
                self.known.add((found.kind, found.number))

    def run(self, workers: Workers, told: Callable[[Found], None]) -> None:
        """Runs the campaign. ``told`` is called each time a unit's results have been added.

        Raises
        ------
        ExecutorError
            If the workers are gone.
        """
        began = monotonic()
        for found in workers.results(self._calls(began + self.seconds)):
            self._add(found)
            self.elapsed = monotonic() - began
            told(found)

    def _calls(self, end: float) -> Iterator[Callable[[], Found]]:
        for unit in self._units(end):
            yield partial(run_unit, unit)

    def _units(self, end: float) -> Iterator[Unit]:
        """The units to run. The next one is always of the kind that is farthest behind."""
        numbers = {kind: self._new_numbers(kind) for kind in self.counts}
        begun = Counter(dict.fromkeys(self.counts, 0))
        begun.update(kind for kind, _ in self.known)

        def share(kind: str) -> float:
            return begun[kind] * CASES[kind] / self.wanted[kind]

        while monotonic() < end and not self.failures:
            behind = [kind for kind in self.counts if self.missing(kind)]
            if not behind:
                return
            kind = min(behind, key=share)
            begun[kind] += 1
            number = next(numbers[kind])
            yield Unit(kind, self.seed, number, self._wish(kind, number))

    def _new_numbers(self, kind: str) -> Iterator[int]:
        return (number for number in count() if (kind, number) not in self.known)

    def _wish(self, kind: str, number: int) -> Pair | None:
        """For every other unit after the first ones a pair of features that has never met."""
        missing = self.unmet(kind)
        if number < FREE_UNITS or number // 2 % 2 or not missing:
            return None
        return missing[number // 4 % len(missing)]

    def unmet(self, kind: str) -> list[Pair]:
        """Pairs of features that have not met in a kind of unit in which they can."""
        if kind not in KINDS:
            return []
        return [
            pair for pair in self.met[kind].missing
            if KINDS[kind].of_rtl or not OF_RTL & set(pair)
        ]

    def _add(self, found: Found) -> None:
        self.counts[found.kind].update(found.counts)
        self.failures += found.failures
        if found.kind in self.met:
            self.met[found.kind].update(found.met)
