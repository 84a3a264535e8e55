"""The numbers that a quantized layer gives: their zero point and range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convolith.model.checks import check_int

__all__ = ["BYTE", "Output"]

BYTE = 8


@dataclass(frozen=True, kw_only=True)
class Output:
    """Quantized outputs: the integers that stand for zero, and for the least and the greatest.

    Parameters
    ----------
    zero_point : int
        What stands for 0.
    bits : int
        Their width.
    signed : bool
        Their range: PyTorch's quint8 is unsigned, TFLite's int8 signed.
    relu : bool
        Nothing below zero.

    Raises
    ------
    TypeError, ValueError
        For a zero point that is no integer, or out of range.
    """

    zero_point: int
    bits: int = 8
    signed: bool = False
    relu: bool = False

    def __post_init__(self) -> None:
        low = -(1 << (self.bits - 1)) if self.signed else 0
        check_int("the output's zero point", self.zero_point, low, self.high)

    @property
    def offset(self) -> int:
        """By how much a stored activation, which is signed, is less than the number."""
        return 0 if self.signed else 1 << (self.bits - 1)

    @property
    def dtype(self) -> type[np.integer]:
        """NumPy's type for them."""
        if self.bits > BYTE:
            return np.int16 if self.signed else np.uint16
        return np.int8 if self.signed else np.uint8

    @property
    def low(self) -> int:
        """The least number."""
        least = -(1 << (self.bits - 1)) if self.signed else 0
        return max(least, self.zero_point) if self.relu else least

    @property
    def high(self) -> int:
        """The greatest number."""
        return (1 << (self.bits - 1 if self.signed else self.bits)) - 1

    def clamp(self, scaled: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rounded results, which have no zero point yet, as outputs."""
        return np.clip(scaled + self.zero_point, self.low, self.high)
