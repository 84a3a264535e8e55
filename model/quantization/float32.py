"""Requantization with one product in float32: qnnpack's and fbgemm's."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.quantization.fused import fused_add
from convolith.model.quantization.output import Output

__all__ = ["FloatRequantization", "per_channel"]

Number = TypeVar("Number", bound=np.generic)


def per_channel(values: NDArray[Number], sums: Ints) -> NDArray[Number]:
    """Values of channels, (OC,), in a shape that broadcasts with sums, (N, OC, ...)."""
    return values.reshape(-1, *(1,) * (sums.ndim - 2))


@dataclass(frozen=True, kw_only=True)
class FloatRequantization:
    """Output = clamp(rne(float32(float32(sum + addend) * multiplier)) + zero point).

    rne rounds half to even, and so does each conversion to float32. Sums are int32 and include an
    integer bias already.

    Parameters
    ----------
    multiplier : float32 array, (OC,)
        A sum's step in steps of the output.
    output : Output
    addend : float64 array, (OC,), optional
        A bias that is added to the rounded sums; the total is rounded again. It is a float32, or
        the exact product of two.
    """

    multiplier: NDArray[np.float32]
    output: Output
    addend: NDArray[np.float64] | None = None

    @property
    def channels(self) -> int:
        """The number of output channels, OC."""
        return len(self.multiplier)

    def apply(self, sums: Ints) -> Ints:
        """The outputs of sums, (N, OC, ...)."""
        values = sums.astype(np.float32)
        if self.addend is not None:
            values = fused_add(per_channel(self.addend, sums), values)
        scaled = values * per_channel(self.multiplier, sums)
        return self.output.clamp(np.rint(scaled).astype(np.int64))
