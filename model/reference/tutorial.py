"""The tutorial's convolutions: its input values, and the outputs that it prints.

Source: "Basic Convolution". Values only; the cells they come from are named per case. The 1D
batch is twice here: its hand-written cell and its PyTorch cell differ in one input value (the last
of sample 1, channel 2).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CASES", "SOBEL", "TutorialCase"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TutorialCase:
    """One convolution: ``x`` (N, C, ...), ``w`` (OC, C, ...), and the ``printed`` output."""

    name: str
    x: Floats
    w: Floats
    printed: Floats


def _case(name: str, x: Any, w: Any, printed: Any) -> TutorialCase:
    arrays = (np.asarray(values, dtype=np.float64) for values in (x, w, printed))
    return TutorialCase(name=name, **dict(zip(("x", "w", "printed"), arrays, strict=True)))


# 1D inputs. The zeros at both ends are the tutorial's own padding.
_RAMP = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]
_PLATEAU = [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]
_PULSES = [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0]
_PULSES_TO_THE_END = [*_PULSES[:-1], 1]
_SAMPLE_2 = [
    [0, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0],
    [0] * 12,
    [0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0],
]
_W1D = [
    [[-1, 0, 1], [0.5, 0, -0.5], [1, 1, 1]],
    [[1, 1, -1], [0, 1, 0], [-1, 0, 1]],
    [[0, 1, 0], [1, -1, 1], [0, -1, 0]],
]
_Y1D: Any = [
    [2.5, 3, 3, 3, 3, 3, 3, 3, 3, -8.5],
    [1, 1, 1, 4, 4, 4, 7, 7, 7, 20],
    [1, 2, 4, 5, 5, 7, 8, 8, 10, 10],
]
_Y1D_TO_THE_END = [[*_Y1D[0][:-1], -7.5], [*_Y1D[1][:-1], 21], _Y1D[2]]
_Y1D_SAMPLE_2 = [
    [9, -1, 0, -1, 0, -1, 0, -1, 0, 0],
    [2, 10, 9, 8, 7, 6, 5, 4, 3, 1],
    [9, 7, 7, 5, 5, 3, 3, 1, 1, -1],
]

# 2D inputs.
_SQUARE = np.pad(np.arange(1, 10).reshape(3, 3), 1)
_CHANNELS = [_SQUARE, np.ones((5, 5)), np.eye(5)]
_IMAGE_2 = [np.full((5, 5), 2), np.arange(25).reshape(5, 5), np.zeros((5, 5))]
_SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
_W2D = [
    [_SOBEL, [[0, 0, 0], [0.5, 0.5, 0.5], [0, 0, 0]], [[1, 0, -1], [0, 0, 0], [-1, 0, 1]]],
    [
        [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
        [[0, 0.5, 0], [0, 0.5, 0], [0, 0.5, 0]],
        [[0, 0, 0], [1, -1, 1], [0, 0, 0]],
    ],
]
_Y2D = [
    [[12.5, 7.5, -8.5], [21.5, 11.5, -18.5], [21.5, 7.5, -17.5]],
    [[-8.5, -12.5, -9.5], [-9.5, -17.5, -9.5], [10.5, 17.5, 11.5]],
]
_Y2D_IMAGE_2 = [[[9, 10.5, 12], [16.5, 18, 19.5], [24, 25.5, 27]]] * 2

CASES: tuple[TutorialCase, ...] = (
    # In [2], In [3]
    _case("1D", [[_RAMP]], [[[-1, 0, 1]]], [[[2, 2, 2, 2, 2, 2, 2, 2, 2, -9]]]),
    # In [4], In [5]
    _case("2D", [[_SQUARE]], [[_SOBEL]], [[[[9, 6, -9], [20, 8, -20], [21, 6, -21]]]]),
    # In [6], In [7]
    _case("1D channels", [[_RAMP, _PLATEAU, _PULSES]], _W1D, [_Y1D]),
    # In [9], In [10]
    _case("2D channels", [_CHANNELS], _W2D, [_Y2D]),
    # In [12], by hand
    _case(
        "1D batch (by hand)",
        [[_RAMP, _PLATEAU, _PULSES], _SAMPLE_2],
        _W1D,
        [_Y1D, _Y1D_SAMPLE_2],
    ),
    # In [13], PyTorch
    _case(
        "1D batch (PyTorch)",
        [[_RAMP, _PLATEAU, _PULSES_TO_THE_END], _SAMPLE_2],
        _W1D,
        [_Y1D_TO_THE_END, _Y1D_SAMPLE_2],
    ),
    # In [12] and In [13] of the section "For 2D Convolutions"
    _case("2D batch", [_CHANNELS, _IMAGE_2], _W2D, [_Y2D, _Y2D_IMAGE_2]),
)

SOBEL = np.asarray(_SOBEL, dtype=np.int64)
"""The 2D case's kernel: it answers to vertical edges, its transpose to horizontal ones."""
