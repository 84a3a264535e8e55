"""Checks of plain arguments. Each error is a sentence with the thing, the rule and the value."""

from collections.abc import Iterable
from operator import index
from typing import SupportsIndex, cast

__all__ = ["check_int", "pair"]


def check_int(name: str, value: object, low: int, high: int | None = None) -> int:
    """``value`` as an ``int`` within ``low..high``.

    Raises
    ------
    TypeError
        If it is not an integer. Integers of NumPy and PyTorch are accepted, ``bool`` and ``float``
        are not.
    ValueError
        If it is out of range.
    """
    if isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    try:
        number = index(cast(SupportsIndex, value))
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {value!r}") from None
    if number < low or (high is not None and number > high):
        if high is not None:
            rule = f"from {low} to {high}"
        else:
            rule = "positive" if low == 1 else f"at least {low}"
        raise ValueError(f"{name} must be {rule}, not {number}")
    return number


def pair(name: str, value: object, axes: int, low: int) -> tuple[int, int]:
    """A number, or one number per axis, as a pair (x, y) = (height, width).

    The only axis of a 1D layer is y. Its x entry is the value that has no effect: 0 where 0 is
    allowed (``low``), else 1.
    """
    values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    if len(values) not in (1, axes):
        each = "one number" if axes == 1 else f"one number or {axes}"
        raise ValueError(f"{name} must be {each}, not {len(values)} numbers")
    numbers = [check_int(name, number, low) for number in values]
    if axes == 1:
        return low, numbers[0]
    return numbers[0], numbers[-1]
