"""Requantization with an integer multiplier and a shift: TFLite's."""

from dataclasses import dataclass
from math import frexp

import numpy as np
from numpy.typing import NDArray

from convolith.model.quantization.float32 import per_channel
from convolith.model.quantization.output import Output

__all__ = ["IntegerRequantization", "multiplier_and_shift"]

Ints = NDArray[np.int64]

FRACTION = 31  # bits of a multiplier behind its point


def multiplier_and_shift(scale: float) -> tuple[int, int]:
    """``scale`` as multiplier * 2**(shift - 31), the multiplier from 2**30 up to 2**31 - 1.

    TFLite's QuantizeMultiplier: the multiplier is rounded half away from zero; what is less than
    2**-32 is 0.
    """
    mantissa, shift = frexp(scale)
    multiplier = int(mantissa * (1 << FRACTION) + 0.5)
    if multiplier == 1 << FRACTION:
        multiplier, shift = multiplier // 2, shift + 1
    return (0, 0) if shift < -FRACTION else (multiplier, shift)


@dataclass(frozen=True, kw_only=True)
class IntegerRequantization:
    """Output = clamp(round(round(sum * multiplier / 2**(31 - left)) / 2**right) + zero point).

    TFLite's MultiplyByQuantizedMultiplier, with two roundings: the first half up (gemmlowp's
    SaturatingRoundingDoublingHighMul), the second half away from zero (RoundingDivideByPOT). A
    shift is to the left where it is positive, before the product, else to the right, behind it.

    Parameters
    ----------
    multiplier, shift : int64 arrays, (OC,)
        As `multiplier_and_shift` gives them.
    output : Output
    """

    multiplier: Ints
    shift: Ints
    output: Output

    @property
    def channels(self) -> int:
        """OC."""
        return len(self.multiplier)

    def apply(self, sums: Ints) -> Ints:
        """The outputs of sums, (N, OC, ...), which fit int32 when they are shifted left."""
        multiplier, shift = per_channel(self.multiplier, sums), per_channel(self.shift, sums)
        left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
        high = ((sums << left) * multiplier + (1 << (FRACTION - 1))) >> FRACTION
        half = (np.int64(1) << right) >> 1
        scaled = np.sign(high) * ((np.abs(high) + half) >> right)
        return self.output.clamp(scaled)
