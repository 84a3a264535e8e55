"""The outputs of a quantized layer: their zero point and range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convolith.model.checks import check_int

__all__ = ["BYTE", "Output"]

BYTE = 8


@dataclass(frozen=True, kw_only=True)
class Output:
    """The integers of quantized outputs: zero point, least and greatest.

    Parameters
    ----------
    zero_point : int
        The integer that stands for 0.
    bits : int
        The width of the integers.
    signed : bool
        The integers are signed, as TFLite's int8. PyTorch's quint8 is unsigned.
    relu : bool
        Values below zero become zero.

    Raises
    ------
    TypeError, ValueError
        For a zero point that is not an integer, or out of range.
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
        """The integer of an output, minus its stored activation, which is signed."""
        return 0 if self.signed else 1 << (self.bits - 1)

    @property
    def dtype(self) -> type[np.integer]:
        """NumPy's type for the integers."""
        if self.bits > BYTE:
            return np.int16 if self.signed else np.uint16
        return np.int8 if self.signed else np.uint8

    @property
    def low(self) -> int:
        """The least output."""
        least = -(1 << (self.bits - 1)) if self.signed else 0
        return max(least, self.zero_point) if self.relu else least

    @property
    def high(self) -> int:
        """The greatest output."""
        return (1 << (self.bits - 1 if self.signed else self.bits)) - 1

    def clamp(self, scaled: NDArray[np.int64]) -> NDArray[np.int64]:
        """Outputs from rounded results: adds the zero point, and clamps to the range."""
        return np.clip(scaled + self.zero_point, self.low, self.high)
