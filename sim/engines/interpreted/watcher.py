"""What watches the core in a bench: signals, and somebody who takes them in each cycle."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

__all__ = ["Trace", "Watcher"]


class Watcher(Protocol):
    """Takes what signals hold in each cycle."""

    @property
    def signals(self) -> Sequence[Any]:
        """The signals; asked once the core is elaborated."""

    def take(self, ctx, cycle: int, values: list[int]) -> None:
        """Takes the values of a cycle."""


class Trace:
    """Keeps all values.

    Parameters
    ----------
    pick : callable
        The signals, once the core is elaborated.
    """

    def __init__(self, pick: Callable[[], Sequence[Any]]):
        self.pick = pick
        self.values: list[list[int]] = []

    @cached_property
    def signals(self) -> Sequence[Any]:
        """What was picked."""
        return self.pick()

    def take(self, ctx, cycle: int, values: list[int]) -> None:
        """Keeps the values of a cycle."""
        self.values.append(values)
