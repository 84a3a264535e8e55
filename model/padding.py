"""Padding as PyTorch takes it: numbers, 'same' or 'valid'; zeros, or values of the input itself."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.checks import pair

__all__ = ["PADDING_MODES", "pad_input", "padding_sides"]

PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""PyTorch's ``padding_mode``, and what NumPy calls it."""

Pair = tuple[int, int]


def padding_sides(
    padding: Any, axes: int, *, kernel: Pair, stride: Pair, dilation: Pair
) -> tuple[Pair, Pair]:
    """How much comes before the input and after it, each as (x, y).

    ``"same"`` puts an odd one after the input, as PyTorch does.

    Raises
    ------
    TypeError, ValueError
        For what PyTorch refuses.
    """
    if not isinstance(padding, str):
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
    return np.pad(x, [(0, 0), (0, 0), *sides], mode=PADDING_MODES[mode])  # type: ignore[call-overload]
