"""Whether a layer's sums fit the accumulators, for any input."""

import numpy as np
from numpy.typing import NDArray

from convolith.model.config import ArrayConfig
from convolith.model.fixed_point import bits_of

__all__ = ["check_overflow", "sum_range"]


def sum_range(w: NDArray[np.int64], act_bits: int) -> tuple[int, int]:
    """The least and the greatest sum over all inputs of ``act_bits`` signed bits, any channel.

    A positive weight makes most of the greatest activation and least of the smallest; a negative one
    the other way round. Padding with zero lies between. Every partial sum is within the range, too.
    """
    low, high = -(1 << (act_bits - 1)), (1 << (act_bits - 1)) - 1
    flat = w.reshape(len(w), -1)
    positive = np.where(flat > 0, flat, 0).sum(axis=1)
    negative = np.where(flat < 0, flat, 0).sum(axis=1)
    greatest = positive * high + negative * low
    least = positive * low + negative * high
    return int(least.min()), int(greatest.max())


def check_overflow(config: ArrayConfig, w: NDArray[np.int64]) -> None:
    """Refuses a weight with which some input overflows an accumulator.

    Raises
    ------
    ValueError
        Naming the width that the accumulators would need.
    """
    least, greatest = sum_range(w, config.act_bits)
    needed = max(bits_of(least), bits_of(greatest))
    if needed > config.acc_bits:
        raise ValueError(
            f"acc_bits must be at least {needed} for this weight, not {config.acc_bits}: with "
            f"{config.act_bits}-bit activations its sums reach {max(greatest, -least)}"
        )
