"""Requantization against its definitions, in exact arithmetic: no PyTorch, no NumPy floats."""

from fractions import Fraction

import numpy as np
import pytest
from tflite_reference import multiply_by_quantized_multiplier, quantize_multiplier

from convolith.model.quantization.engine import arithmetic
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.output import Output
from convolith.model.quantization.scales import Scales
from convolith.model.quantization.tflite import IntegerRequantization, multiplier_and_shift

UINT8 = Output(zero_point=0)


def half_to_even(value):
    whole, rest = divmod(value, 1)
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2)
    return int(whole) + bool(up)


def float32(value):
    """The nearest float32 to a fraction, as a fraction; subnormal numbers included."""
    if not value:
        return Fraction(0)
    exponent = 0
    while abs(value) >= Fraction(2) ** (exponent + 1):
        exponent += 1
    while abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    step = Fraction(2) ** max(exponent - 23, -149)
    return half_to_even(value / step) * step


def as_defined(sums, multipliers, addends, zero_point):
    """Output = rne(f32(f32(f32(sum) + addend) * multiplier)) + zero point, within a byte."""
    for total, m, addend in zip(sums, multipliers, addends, strict=True):
        value = float32(float32(Fraction(int(total))) + Fraction(float(addend)))
        scaled = float32(value * Fraction(float(m)))
        yield min(max(half_to_even(scaled) + zero_point, 0), 255)


@pytest.mark.parametrize("biased", [False, True])
def test_float32_products(biased):
    rng = np.random.default_rng(1)
    count = 3000
    sums = rng.integers(-(2**31), 2**31, count) >> rng.integers(0, 31, count)
    addend = np.ldexp(rng.standard_normal(count), rng.integers(-40, 30, count)) * biased
    # Results near k + 1/2, for half of them.
    aim = np.floor(np.exp2(rng.uniform(-2, 9, count))) + rng.choice((0.5, 0.3), count)
    total = np.abs(sums + addend)
    m = np.maximum(aim / np.maximum(total, 1e-3), 2.0**-126).astype(np.float32)
    m = np.where(rng.random(count) < 0.1, np.float32(2.0**-126), m)
    m = np.minimum(m, np.float32(2.0**30) / np.maximum(total, 1).astype(np.float32))
    output = Output(zero_point=37)
    found = FloatRequantization(
        multiplier=m, output=output, addend=addend if biased else None
    ).apply(sums[None, :])[0]
    assert found.tolist() == list(as_defined(sums, m, addend, 37))


def test_tflite_as_it_is_defined():
    rng = np.random.default_rng(2)
    count = 20_000
    shift = rng.integers(-31, 4, count)
    sums = rng.integers(-(2**28), 2**28, count) >> rng.integers(0, 28, count)
    multiplier = rng.integers(1 << 30, 1 << 31, count)
    # Ties of both roundings: products and quotients that end in one half.
    multiplier[: count // 2] = (1 << 30) + (rng.integers(0, 4, count // 2) << 29) % (1 << 30)
    output = Output(zero_point=0, bits=16, signed=True)
    found = IntegerRequantization(multiplier=multiplier, shift=shift, output=output).apply(
        sums[None, :]
    )[0]
    exact = [
        multiply_by_quantized_multiplier(int(s), int(m), int(e))
        for s, m, e in zip(sums, multiplier, shift, strict=True)
    ]
    assert found.tolist() == [min(max(y, -(1 << 15)), (1 << 15) - 1) for y in exact]


@pytest.mark.parametrize(
    ("total", "shift", "expected"),
    [
        # 2**30 is one half: 3 / 2 and -3 / 2 are half up, 2 and -1.
        (3, 0, 2), (-3, 0, -1), (5, 0, 3), (-5, 0, -2),
        # Then by 4, half away from zero: 20 / 2 / 4 = 2.5, and -2.5.
        (20, -2, 3), (-20, -2, -3), (12, -2, 2), (-12, -2, -2),
        # Before the product by 4.
        (3, 2, 6),
    ],
)
def test_tflite_by_hand(total, shift, expected):
    assert multiply_by_quantized_multiplier(total, 1 << 30, shift) == expected
    output = Output(zero_point=0, signed=True)
    made = IntegerRequantization(
        multiplier=np.array([1 << 30]), shift=np.array([shift]), output=output
    )
    assert made.apply(np.array([[total]])).tolist() == [[expected]]


@pytest.mark.parametrize(
    ("scale", "pair"),
    [(0.5, (1 << 30, 0)), (1.0, (1 << 30, 1)), (0.3, (1288490189, -1)), (2.0**-33, (0, 0)),
     (1 - 2.0**-40, (1 << 30, 1))],
)
def test_multiplier_and_shift(scale, pair):
    assert multiplier_and_shift(scale) == quantize_multiplier(scale) == pair


def test_multipliers_as_they_are_defined():
    rng = np.random.default_rng(3)
    scales = np.ldexp(rng.uniform(0.5, 1, 2000), rng.integers(-36, 5, 2000))
    for scale in scales.tolist():
        assert multiplier_and_shift(scale) == quantize_multiplier(scale)


def test_engines_by_hand():
    """A bias of 1.3 in steps of 1/8: 10.4. A sum of 21 with it, times 1/4, is 7.85."""
    scales = Scales(input=0.5, weight=np.array([0.25]), output=0.5, per_channel=False)
    bias = np.array([1.3], dtype=np.float32)

    def made(engine):
        return arithmetic(engine, scales, bias, Output(zero_point=3))

    assert made("qnnpack").bias.tolist() == made("tflite").bias.tolist() == [10]
    assert made("fbgemm").bias.tolist() == [0]
    assert made("fbgemm").requantization.addend.tolist() == [float(np.float32(1.3)) * 8]
    for engine in ("qnnpack", "fbgemm", "tflite"):
        one = made(engine)
        assert one.requantization.apply(np.array([[21]]) + one.bias).tolist() == [[11]]
