"""Random numbers, however they come about.

``draw(low, high)`` gives an integer from ``low`` to ``high``. It is a campaign's random generator,
or a test's (hypothesis), which can shrink a failing example.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

__all__ = ["Draw", "drawing", "one_of"]

T = TypeVar("T")

Draw = Callable[[int, int], int]


def drawing(rng: np.random.Generator) -> Draw:
    """Draws by a random generator."""
    return lambda low, high: int(rng.integers(low, high + 1))


def one_of(draw: Draw, choices: Sequence[T]) -> T:
    """One of some choices, each as likely as the others."""
    return choices[draw(0, len(choices) - 1)]
