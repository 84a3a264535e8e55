"""Random numbers, however they come about.

``draw(low, high)`` gives an integer from ``low`` to ``high``. It is a campaign's random generator,
or a test's (hypothesis), which can shrink a failing example.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["Draw", "one_of"]

T = TypeVar("T")

Draw = Callable[[int, int], int]


def one_of(draw: Draw, choices: Sequence[T]) -> T:
    """One of some choices, each as likely as the others."""
    return choices[draw(0, len(choices) - 1)]
