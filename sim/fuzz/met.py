"""What a campaign has met: pairs of features, and ranges of numbers."""

from collections import Counter
from dataclasses import dataclass, field

from convolith.sim.fuzz.features import PAIRS, Pair
from convolith.sim.fuzz.trial import Trial

__all__ = ["Met"]


@dataclass
class Met:
    """Pairs of features with their cases; for each number the least and the greatest."""

    pairs: Counter[Pair] = field(default_factory=Counter)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, trial: Trial) -> None:
        """A case."""
        self.pairs.update(trial.features.pairs)
        for name, number in trial.numbers():
            self._widen(name, number, number)

    def update(self, other: "Met") -> None:
        """What another one has met."""
        self.pairs.update(other.pairs)
        for name, (least, most) in other.ranges.items():
            self._widen(name, least, most)

    @property
    def missing(self) -> list[Pair]:
        """Pairs that can meet and have not, in their order."""
        return [pair for pair in PAIRS if not self.pairs[pair]]

    def _widen(self, name: str, least: int, most: int) -> None:
        low, high = self.ranges.get(name, (least, most))
        self.ranges[name] = min(low, least), max(high, most)
