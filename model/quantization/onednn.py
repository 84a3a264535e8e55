"""Requantization in three float32 steps: onednn's. The array's lanes cannot compute it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.quantization.float32 import per_channel
from convolith.model.quantization.output import Output

__all__ = ["StepwiseRequantization", "twice_inverted"]

Floats = NDArray[np.float32]


def twice_inverted(values: NDArray | float | np.floating) -> Floats:
    """float32(1 / float32(1 / values)). onednn gets the inverses of scales and inverts them."""
    return np.float32(1) / (1 / np.asarray(values)).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class StepwiseRequantization:
    """Output = clamp(rne(f32(f32(f32(f32(sum) * scale) + bias) * inverse) + zero point)).

    Every step is rounded half to even. The zero point is added in float32 before the last rounding.
    This can make a tie: 9.4999999 + 136 is 145.5, which is rounded to 146.

    Parameters
    ----------
    scale : float32 array, (OC,)
        The step of a sum.
    bias : float32 array, (OC,), optional
        Real numbers.
    inverse : float32
        1 / the output's scale.
    output : Output
    """

    scale: Floats
    bias: Floats | None
    inverse: Floats
    output: Output

    @property
    def channels(self) -> int:
        """The number of output channels, OC."""
        return len(self.scale)

    def apply(self, sums: Ints) -> Ints:
        """The outputs of sums, (N, OC, ...)."""
        real = sums.astype(np.float32) * per_channel(self.scale, sums)
        if self.bias is not None:
            real = real + per_channel(self.bias, sums)
        shifted = real * self.inverse + np.float32(self.output.zero_point)
        whole = np.rint(shifted).astype(np.float64)
        return np.clip(whole, self.output.low, self.output.high).astype(np.int64)
