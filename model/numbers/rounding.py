"""Floats rounded to fixed point of a given width."""

import numpy as np
from numpy.typing import NDArray

from convolith.model.numbers.fixed_point import FixedPoint, check_numbers

__all__ = ["round_at", "round_to"]


def round_to(name: str, array: NDArray[np.floating], bits: int, *, unsigned: bool) -> FixedPoint:
    """``array`` rounded to ``bits`` bits, with one scale 2**-n for all values.

    n is the largest with which every rounded value is in range, so none is clipped. Ties go to the
    even integer, as in PyTorch's ``round``. An error is at most half a step, 2**-(n + 1).

    Parameters
    ----------
    name : str
        The array's name in errors.
    array : float array
    bits : int
    unsigned : bool
        The range is that of unsigned integers. No value may be negative. The integers are held as
        signed ones with an offset.

    Raises
    ------
    TypeError, ValueError
        For values that are not finite real numbers, or are infinite once they are rounded.
    """
    check_numbers(name, array)
    values = array.astype(np.float64)
    offset = 1 << (bits - 1) if unsigned else 0
    low, high = offset - (1 << (bits - 1)), offset + (1 << (bits - 1)) - 1
    largest = float(np.abs(values).max(initial=0))
    if not largest:
        return FixedPoint(values.astype(np.int64), 0)
    fraction = bits - int(np.frexp(largest)[1])  # a step finer than can fit, unless unsigned
    while True:
        ints = np.rint(np.ldexp(values, fraction))
        if low <= ints.min() and ints.max() <= high:
            break
        fraction -= 1
    with np.errstate(over="ignore"):
        if np.isinf(np.ldexp(np.abs(ints).max(), -fraction)):
            raise ValueError(f"{name} must be below 2**1024 in {bits} bits, too, not {largest}")
    return FixedPoint(ints.astype(np.int64) - offset, fraction, offset)


def round_at(array: NDArray[np.floating], fraction: int, offset: int = 0) -> FixedPoint:
    """``array`` rounded to multiples of 2**-fraction, half to even. The range is not checked.

    ``offset``: that of the `FixedPoint`.
    """
    ints = np.rint(np.ldexp(array.astype(np.float64), fraction))
    return FixedPoint(ints.astype(np.int64) - offset, fraction, offset)
