"""TensorFlow Lite's requantization as its reference kernels have it, in Python's integers.

From gemmlowp's fixedpoint.h and TFLite's kernels/internal/common.h, by hand: nothing of it is the
model's.
"""

from fractions import Fraction

__all__ = ["multiply_by_quantized_multiplier", "quantize_multiplier"]


def quantize_multiplier(scale: float) -> tuple[int, int]:
    """QuantizeMultiplier: ``scale`` as (multiplier, shift), multiplier * 2**(shift - 31)."""
    mantissa, shift = Fraction(scale), 0
    while mantissa >= 1:
        mantissa, shift = mantissa / 2, shift + 1
    while mantissa < Fraction(1, 2):
        mantissa, shift = mantissa * 2, shift - 1
    multiplier = (mantissa * 2**32 + 1) // 2  # C's round: half away from zero
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    return (0, 0) if shift < -31 else (int(multiplier), shift)


def multiply_by_quantized_multiplier(total: int, multiplier: int, shift: int) -> int:
    """MultiplyByQuantizedMultiplier: a shift to the left is first, one to the right last."""
    high = _rounding_doubling_high_mul(total << max(shift, 0), multiplier)
    return _rounding_divide_by_pot(high, max(-shift, 0))


def _rounding_doubling_high_mul(a: int, b: int) -> int:
    """SaturatingRoundingDoublingHighMul: (a * b + nudge) / 2**31, towards zero as C divides."""
    product = a * b
    nudge = 1 << 30 if product >= 0 else 1 - (1 << 30)
    total = product + nudge
    return total >> 31 if total >= 0 else -(-total >> 31)


def _rounding_divide_by_pot(x: int, exponent: int) -> int:
    """RoundingDivideByPOT: half away from zero."""
    mask = (1 << exponent) - 1
    remainder, threshold = x & mask, (mask >> 1) + (x < 0)
    return (x >> exponent) + (remainder > threshold)
