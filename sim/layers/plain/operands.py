"""A convolution's tensors as the array's integers: exactly, or rounded to its widths."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Array
from convolith.model.numbers.fixed_point import (
    FixedPoint,
    bits_of,
    check_numbers,
    encode,
    encode_at,
    encode_input,
    fraction_of,
)
from convolith.model.numbers.overflow import sum_ranges
from convolith.model.numbers.rounding import round_at, round_to
from convolith.model.options.config import MOST_ACC_BITS, ArrayConfig
from convolith.sim.layers.common.reference import Reference

__all__ = ["encoded"]

TOO_LARGE = 2.0**60
"""For any accumulator; int64 still has room for a sum of it and another."""


def encoded(
    config: ArrayConfig, asked: Reference, *, exact: bool
) -> tuple[FixedPoint, FixedPoint, NDArray[np.int64] | None, Reference]:
    """Input, weight and bias, the bias at the scale of the sums; and what these stand for.

    Integers stay as they are; floats are exact if they can be, else rounded, unless ``exact``. What
    they stand for is ``asked`` itself, if they are exact; else it has float64 tensors.

    The operands' scales are as coarse as their values allow, but where the bias needs finer
    sums, they are as fine as their widths allow. Where rounded sums would not have room for the
    bias in ``acc_bits``, the input's scale is coarser, by as much as that takes.

    Raises
    ------
    TypeError, ValueError
        For what does not fit, naming the value.
    """
    x, w, bias = asked.x, asked.w, asked.bias
    act = _fitted("the input", x, config.act_bits, encode_input, exact, config.bias_words > 0)
    weight = _fitted("the weight", w, config.weight_bits, encode, exact, False)
    added = b_meant = None
    if bias is not None:
        check_numbers("the bias", bias)
        needed = fraction_of(bias)
        act = act.refined(needed - act.fraction - weight.fraction, config.act_bits)
        weight = weight.refined(needed - act.fraction - weight.fraction, config.weight_bits)
        if not exact and x.dtype.kind == "f":
            fits = needed <= act.fraction + weight.fraction
            exactly = fits and _is(x, act) and _is(w, weight)
            act = _with_room(config, x, act, weight, bias, exactly)
        added = encode_at("the bias", bias, act.fraction + weight.fraction, exact=exact)
        b_meant = _meant(bias, FixedPoint(added, act.fraction + weight.fraction))
    x_meant, w_meant = _meant(x, act), _meant(w, weight)
    if x_meant is x and w_meant is w and b_meant is bias:
        return act, weight, added, asked
    return act, weight, added, replace(asked, x=x_meant, w=w_meant, bias=b_meant)


def _fitted(
    name: str, array: Array, bits: int, code: Callable[..., FixedPoint], exact: bool, shifts: bool
) -> FixedPoint:
    """Exactly, or rounded; ``shifts``: what is not negative may be unsigned."""
    try:
        return code(name, array, bits)
    except ValueError:
        if exact or array.dtype.kind != "f" or not np.isfinite(array).all():
            raise
        return round_to(name, array, bits, unsigned=shifts and not (array < 0).any())


def _with_room(
    config: ArrayConfig, x: Array, act: FixedPoint, weight: FixedPoint, bias: Array, exactly: bool
) -> FixedPoint:
    """The input at the finest scale at which every sum with its bias fits the accumulators.

    ``exactly``: all numbers are exact so far; that is given up only if no accumulator would do.
    """
    least, greatest = sum_ranges(weight.ints, config.act_bits)
    shift = act.offset * weight.ints.reshape(len(weight.ints), -1).sum(axis=1)

    def needed_bits(added: NDArray[np.int64]) -> int:
        low = int(np.minimum(least, least + added).min())
        high = int(np.maximum(greatest, greatest + added).max())
        return max(bits_of(low), bits_of(high))

    if needed_bits(shift) > config.acc_bits:  # refused later, whatever the bias
        return act
    coarser = 0
    while True:
        fraction = act.fraction + weight.fraction - coarser
        with np.errstate(over="ignore"):
            scaled = np.ldexp(bias.astype(np.float64), fraction)
        added = np.rint(np.clip(scaled, -TOO_LARGE, TOO_LARGE)).astype(np.int64)
        needed = needed_bits(added + shift)
        if needed <= config.acc_bits or (exactly and not coarser and needed <= MOST_ACC_BITS):
            break
        coarser += 1
    return round_at(x, act.fraction - coarser, act.offset) if coarser else act


def _is(array: Array, code: FixedPoint) -> bool:
    """``code`` is exactly the array."""
    return np.array_equal(code.decode(), array)


def _meant(array: Array, code: FixedPoint) -> Array:
    """The tensor itself if ``code`` is exactly that, else what it stands for."""
    return array if _is(array, code) else code.decode()
