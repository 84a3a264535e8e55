"""A float64 and a float32, added and rounded to float32 once."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["fused_add"]

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]


def fused_add(exact: Doubles, other: Floats) -> Floats:
    """``float32(exact + other)``: the exact sum is rounded once, half to even. Shapes broadcast.

    A float64 holds the exact product of two float32, so with that this is a fused multiply-add. The
    float64 sum is rounded to odd (S. Boldo, G. Melquiond, "Emulation of a FMA and correctly rounded
    sums", 2008). Then rounding it to float32 gives the same as rounding the exact sum.
    """
    a, b = np.broadcast_arrays(exact, other.astype(np.float64))
    total = a + b
    # The rounding error of the sum, exactly (D. Knuth's TwoSum).
    part = total - a
    lost = (a - (total - part)) + (b - part)
    bits = total.view(np.int64)
    even = bits & 1 == 0
    away = (lost > 0) == (total > 0)
    odd = np.where((lost != 0) & even, bits + np.where(away, 1, -1), bits)
    return odd.view(np.float64).astype(np.float32)
