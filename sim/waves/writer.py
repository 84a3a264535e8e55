"""What a file of a waveform takes, cycle by cycle."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from convolith.model.arrays import Ints
from convolith.sim.waves.changes import Key
from convolith.sim.waves.variables import Group

__all__ = ["PERIOD_NS", "TOP", "WaveWriter"]

PERIOD_NS = 10
"""Of the clock: cycle c begins at 10 * c ns."""

TOP = "convolith"
"""The outermost scope."""


class WaveWriter(Protocol):
    """A file that is being written."""

    def begin(self, groups: Sequence[Group]) -> None:
        """Declares the variables, and the clock."""

    def add(self, first: int, values: Mapping[Key, Ints]) -> None:
        """Cycles from ``first`` on: for each scope and variable its values."""

    def close(self) -> None:
        """Completes the file."""
