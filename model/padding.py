"""Padding in all forms that PyTorch takes: numbers, 'same' or 'valid', and padding modes."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.checks import check_int, pair

__all__ = ["PADDING_MODES", "is_per_side", "pad_input", "padding_sides", "per_side"]

PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""PyTorch's values of ``padding_mode``, and NumPy's names for them."""

Pair = tuple[int, int]


def padding_sides(
    padding: Any,
    axes: int,
    *,
    kernel: Pair = (1, 1),
    stride: Pair = (1, 1),
    dilation: Pair = (1, 1),
) -> tuple[Pair, Pair]:
    """The padding before the input and after it, each as (x, y).

    ``padding`` is one number for all axes, one per axis, or two per axis (`is_per_side`); or
    ``"same"`` or ``"valid"``. ``"same"`` needs kernel, stride and dilation. If it is odd, there is
    one more after the input than before, as in PyTorch.

    Raises
    ------
    TypeError, ValueError
        For what PyTorch refuses.
    """
    if is_per_side(padding, axes):
        numbers = [check_int("padding", number, 0) for number in padding]
        along_y, along_x = numbers[:2], numbers[2:] or [0, 0]
        before, after = zip(along_x, along_y, strict=True)
        return before, after
    if not isinstance(padding, str):
        if isinstance(padding, Iterable) and (count := len(list(padding))) not in (1, axes):
            each = "one number or 2" if axes == 1 else f"one number, {axes} or {2 * axes}"
            raise ValueError(f"padding must be {each}, not {count} numbers")
        before = pair("padding", padding, axes, 0)
        return before, before
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding != "same":
        raise ValueError(f"padding must be numbers, 'same' or 'valid', not {padding!r}")
    if stride != (1, 1):
        raise ValueError(f"padding 'same' needs stride 1, not {stride[2 - axes :]}")
    x, y = (d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
    return (x // 2, y // 2), (x - x // 2, y - y // 2)


def is_per_side(padding: Any, axes: int) -> bool:
    """Whether a padding has two numbers per axis.

    Their order is that of ``torch.nn.functional.pad`` and ``torch.nn.ZeroPad2d``, which begins with
    the last axis: (left, right, top, bottom), and (left, right) for a 1D layer.
    """
    if isinstance(padding, str) or not isinstance(padding, Iterable):
        return False
    return len(list(padding)) == 2 * axes


def per_side(before: Pair, after: Pair, axes: int) -> tuple[int, ...]:
    """The padding before and after the input, each given as (x, y), in `is_per_side`'s order."""
    (bx, by), (ax, ay) = before, after
    return (by, ay, bx, ax)[: 2 * axes]


def pad_input(x: NDArray[Any], before: Pair, after: Pair, mode: str) -> NDArray[Any]:
    """The input, (N, C, L) or (N, C, H, W), with its padding around it.

    Raises
    ------
    ValueError
        For an unknown mode, or more padding than the input has values for.
    """
    if mode not in PADDING_MODES:
        raise ValueError(f"padding_mode must be one of {', '.join(PADDING_MODES)}, not {mode!r}")
    axes = x.ndim - 2
    sides = list(zip(before, after, strict=True))[2 - axes :]
    for extent, side in zip(x.shape[2:], sides, strict=True):
        most = {"reflect": extent - 1, "circular": extent}.get(mode)
        if most is not None and max(side) > most:
            raise ValueError(
                f"padding_mode {mode!r} allows a padding of at most {most} where the input has "
                f"{extent}, not {max(side)}"
            )
    how: Any = PADDING_MODES[mode]  # NumPy's types know its modes only as literals
    return np.pad(x, [(0, 0), (0, 0), *sides], mode=how)
