"""What changes from cycle to cycle: all that a waveform's file is told."""

from collections.abc import Mapping

import numpy as np

from convolith.model.arrays import Ints

__all__ = ["Changes", "Key"]

Key = tuple[str, str]
"""A group's scope and a variable's name."""


class Changes:
    """Finds the changes of variables. Calls must follow each other."""

    def __init__(self) -> None:
        self.before: dict[Key, int] = {}

    def of(self, values: Mapping[Key, Ints]) -> list[list[tuple[Key, int]]]:
        """For each cycle the variables that change, and their new values."""
        count = len(next(iter(values.values())))
        changes: list[list[tuple[Key, int]]] = [[] for _ in range(count)]
        for key, numbers in values.items():
            places = (np.flatnonzero(np.diff(numbers)) + 1).tolist()
            if self.before.get(key) != int(numbers[0]):
                places.insert(0, 0)
            for place, number in zip(places, numbers[places].tolist(), strict=True):
                changes[place].append((key, number))
            self.before[key] = int(numbers[-1])
        return changes
