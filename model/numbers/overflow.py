"""Whether a layer's sums fit the accumulators, for any input."""

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.numbers.fixed_point import bits_of
from convolith.model.options.config import ArrayConfig

__all__ = ["check_overflow", "sum_range", "sum_ranges"]


def sum_ranges(w: Ints, act_bits: int, bias: Ints | None = None) -> tuple[Ints, Ints]:
    """For each channel the least and the greatest sum over all inputs of ``act_bits`` signed bits.

    A positive weight gives its greatest product with the greatest activation, and its least with
    the least. A negative weight does the reverse. Zero padding lies between the two, and so does
    every partial sum, before and after the bias.
    """
    low, high = -(1 << (act_bits - 1)), (1 << (act_bits - 1)) - 1
    flat = w.reshape(len(w), -1)
    positive = np.where(flat > 0, flat, 0).sum(axis=1)
    negative = np.where(flat < 0, flat, 0).sum(axis=1)
    least, greatest = positive * low + negative * high, positive * high + negative * low
    if bias is None:
        return least, greatest
    return np.minimum(least, least + bias), np.maximum(greatest, greatest + bias)


def sum_range(w: Ints, act_bits: int, bias: Ints | None = None) -> tuple[int, int]:
    """The least and the greatest sum over all channels."""
    least, greatest = sum_ranges(w, act_bits, bias)
    return int(least.min()), int(greatest.max())


def check_overflow(config: ArrayConfig, w: Ints, bias: Ints | None = None) -> None:
    """Refuses a weight and a bias with which some input overflows an accumulator.

    Raises
    ------
    ValueError
        Naming the width that the accumulators would need.
    """
    least, greatest = sum_range(w, config.act_bits, bias)
    needed = max(bits_of(least), bits_of(greatest))
    if needed > config.acc_bits:
        what = "weight" if bias is None else "weight and bias"
        raise ValueError(
            f"acc_bits must be at least {needed} for this {what}, not {config.acc_bits}: with "
            f"{config.act_bits}-bit activations the sums reach "
            f"{greatest if greatest >= -least else least}"
        )
