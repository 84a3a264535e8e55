"""Requantization with an integer multiplier and a shift: TFLite's."""

from dataclasses import dataclass
from math import frexp

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.quantization.float32 import per_channel
from convolith.model.quantization.output import Output

__all__ = ["IntegerRequantization", "multiplier_and_shift"]

FRACTION = 31  # bits of a multiplier behind the binary point


def multiplier_and_shift(scale: float) -> tuple[int, int]:
    """``scale`` as multiplier * 2**(shift - 31), with a multiplier from 2**30 to 2**31 - 1.

    This is TFLite's QuantizeMultiplier. The multiplier is rounded half away from zero. A scale
    below 2**-32 becomes 0.
    """
    mantissa, shift = frexp(scale)
    multiplier = int(mantissa * (1 << FRACTION) + 0.5)
    if multiplier == 1 << FRACTION:
        multiplier, shift = multiplier // 2, shift + 1
    return (0, 0) if shift < -FRACTION else (multiplier, shift)


@dataclass(frozen=True, kw_only=True)
class IntegerRequantization:
    """Output = clamp(round(round(sum * multiplier / 2**(31 - left)) / 2**right) + zero point).

    This is TFLite's MultiplyByQuantizedMultiplier, with two roundings: the first is half up
    (gemmlowp's SaturatingRoundingDoublingHighMul), the second half away from zero
    (RoundingDivideByPOT). A positive shift moves the sum to the left before the product. A negative
    one moves the product to the right.

    Parameters
    ----------
    multiplier, shift : int64 arrays, (OC,)
        The results of `multiplier_and_shift`.
    output : Output
    """

    multiplier: Ints
    shift: Ints
    output: Output

    @property
    def channels(self) -> int:
        """The number of output channels, OC."""
        return len(self.multiplier)

    def apply(self, sums: Ints) -> Ints:
        """The outputs of sums, (N, OC, ...), which must fit int32 after the shift to the left."""
        multiplier, shift = per_channel(self.multiplier, sums), per_channel(self.shift, sums)
        left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
        high = ((sums << left) * multiplier + (1 << (FRACTION - 1))) >> FRACTION
        half = (np.int64(1) << right) >> 1
        scaled = np.sign(high) * ((np.abs(high) + half) >> right)
        return self.output.clamp(scaled)
