"""Arrays as integers times a power of two. The conversion is exact, or refused."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Array

__all__ = ["FixedPoint", "bits_of", "check_numbers", "encode", "encode_at", "encode_input",
           "fraction_of"]

MOST_EXACT = 1 << 53
"""Integers up to here are exact in float64."""


@dataclass(frozen=True)
class FixedPoint:
    """The values ``(ints + offset) * 2.0**-fraction`` (Qm.n with n = ``fraction``), exactly.

    With an ``offset``, signed ``ints`` stand for unsigned integers.
    """

    ints: NDArray[np.int64]
    fraction: int
    offset: int = 0

    def format(self, bits: int) -> str:
        """The format's name: Qm.n with m = bits - 1 - n; UQm.n with m = bits - n if unsigned."""
        kind, whole = ("UQ", bits) if self.offset else ("Q", bits - 1)
        return f"{kind}{whole - self.fraction}.{self.fraction}"

    def decode(self) -> NDArray[np.float64]:
        """The real values. They are exact if the integers are below 2**53."""
        return np.ldexp((self.ints + self.offset).astype(np.float64), -self.fraction)

    def refined(self, extra: int, bits: int) -> "FixedPoint":
        """The same values at a scale finer by ``extra`` bits, or by as many as ``bits`` allows."""
        if self.offset:  # the integers use all bits already
            return self
        used = max(bits_of(int(self.ints.min(initial=0))), bits_of(int(self.ints.max(initial=0))))
        more = max(0, min(extra, bits - used))
        return FixedPoint(self.ints << more, self.fraction + more)


def bits_of(value: int) -> int:
    """The bits that ``value`` needs as a signed number."""
    return (value if value >= 0 else ~value).bit_length() + 1


def encode(name: str, array: Array, bits: int) -> FixedPoint:
    """``array`` as signed integers of at most ``bits`` bits, with one scale for all.

    An integer array keeps scale 1. A float array gets the coarsest scale at which all of its values
    are integers.

    Raises
    ------
    TypeError
        If the array holds neither integers nor real numbers.
    ValueError
        For NaN or infinity, and for a value that needs more bits. The message names the value.
    """
    check_numbers(name, array)
    if not array.size:
        return FixedPoint(array.astype(np.int64), 0)
    if array.dtype.kind in "iu":
        worst = max((array.min(), array.max()), key=lambda v: bits_of(int(v)))
        _check_bits(name, array, int(bits_of(int(worst))), _first(array == worst), bits)
        return FixedPoint(array.astype(np.int64), 0)
    fraction = fraction_of(array)
    # A sign and exponent + fraction bits. The negative of a power of two needs one bit less.
    values = array.astype(np.float64)
    mantissa, exponent = np.frexp(values)
    needed = np.where(values != 0, exponent + fraction + 1 - (mantissa == -0.5), 1)
    at = _first(needed == needed.max())
    _check_bits(name, array, int(needed[at]), at, bits, fraction)
    return FixedPoint(np.ldexp(values, fraction).astype(np.int64), fraction)


def encode_input(name: str, array: Array, bits: int) -> FixedPoint:
    """As `encode`; or as unsigned integers of ``bits`` bits, if only these hold the values."""
    check_numbers(name, array)
    if not array.size or array.min() < 0:
        return encode(name, array, bits)
    try:
        return encode(name, array, bits)
    except ValueError as error:
        try:
            wider = encode(name, array, bits + 1)
        except ValueError:
            raise error from None
        offset = 1 << (bits - 1)
        return FixedPoint(wider.ints - offset, wider.fraction, offset)


def fraction_of(array: Array) -> int:
    """The least n with which all values are multiples of 2**-n. It is 0 for integers and zeros."""
    values = array.astype(np.float64)
    present = values[values != 0]
    if array.dtype.kind != "f" or not present.size:
        return 0
    # value = mantissa * 2**exponent, 0.5 <= |mantissa| < 1, and mantissa * 2**53 is an integer.
    mantissa, exponent = np.frexp(present)
    odd = (mantissa * 2.0**53).astype(np.int64)
    zeros_below = np.log2(odd & -odd).astype(np.int64)
    return -int((exponent - 53 + zeros_below).min())


def encode_at(
    name: str, array: Array, fraction: int, *, exact: bool = True
) -> NDArray[np.int64]:
    """``array`` as integers times ``2**-fraction``: addends of sums that have this scale.

    Without ``exact``, values are rounded half to even.

    Raises
    ------
    TypeError, ValueError
        As `encode`; and for a value that is not a multiple of the scale, or needs more than 53
        bits.
    """
    check_numbers(name, array)
    with np.errstate(over="ignore"):  # a value that overflows is refused below
        scaled = np.ldexp(array.astype(np.float64), fraction)
    if not exact:
        scaled = np.rint(scaled)
    wrong = (scaled != np.rint(scaled)) | (np.abs(scaled) > 2.0**53)
    if array.dtype.kind in "iu":  # float64 has rounded larger integers
        wrong |= (array > MOST_EXACT) | (array < -MOST_EXACT)
    if wrong.any():
        at = _first(wrong)
        raise ValueError(
            f"{name} must be a multiple of 2**{-fraction}, the finest scale of the sums, "
            f"and of at most 53 bits, but it is {array[at]} at {_place(at)}"
        )
    return scaled.astype(np.int64)


def check_numbers(name: str, array: Array) -> None:
    """Refuses arrays of anything but finite real numbers of up to 64 bits."""
    if array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
        raise TypeError(f"{name} must hold integers, or floats of up to 64 bits, not {array.dtype}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        at = _first(~np.isfinite(array))
        raise ValueError(f"{name} must be finite, but it is {array[at]} at {_place(at)}")


def _check_bits(
    name: str, array: Array, needed: int, at: tuple[int, ...], bits: int, fraction: int = 0
) -> None:
    if needed > bits:
        scale = ""
        if fraction:
            finest = _first(np.ldexp(array.astype(np.float64), fraction) % 2 == 1)
            which = "it" if finest == at else f"{array[finest]} at {_place(finest)}"
            scale = f" as a multiple of 2**{-fraction}, which {which} requires"
        raise ValueError(
            f"{name} must fit {bits} signed bits, but {array[at]} at {_place(at)} "
            f"needs {needed}{scale}"
        )


def _first(where: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(where)[0])


def _place(at: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, at))}]"
