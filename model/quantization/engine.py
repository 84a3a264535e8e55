"""The parameters of requantization that each engine computes from a layer's scales and bias.

The engines qnnpack, fbgemm and onednn are PyTorch's. tflite stands for the reference kernels of
TensorFlow Lite.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.onednn import StepwiseRequantization, twice_inverted
from convolith.model.quantization.output import Output
from convolith.model.quantization.scales import Scales
from convolith.model.quantization.tflite import IntegerRequantization, multiplier_and_shift

__all__ = ["ENGINES", "Arithmetic", "arithmetic"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_LEAST = np.finfo(np.float32).smallest_normal
_MOST_SUM = 1 << 31


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """How an engine computes outputs from a layer's sums.

    Parameters
    ----------
    bias : int64 array, (OC,)
        Integers that are added to the sums. They are 0 if the requantization adds the bias.
    requantization : FloatRequantization, IntegerRequantization or StepwiseRequantization
    """

    bias: Ints
    requantization: FloatRequantization | IntegerRequantization | StepwiseRequantization


def arithmetic(
    engine: str, scales: Scales, bias: Floats | None, output: Output, *, linear: bool = False
) -> Arithmetic:
    """How an engine computes a layer with these scales. ``bias``: (OC,) real numbers.

    ``linear``: the layer is linear, for which onednn has other kernels.

    Raises
    ------
    ValueError
        For an unknown engine; for a multiplier that is not a normal float32; for a bias that is
        not an int32 in steps of a sum.
    """
    if engine not in ENGINES:
        raise ValueError(f"the engine must be one of {', '.join(ENGINES)}, not {engine!r}")
    if engine == "onednn" and linear:
        weight = twice_inverted(scales.weight.astype(np.float32))
        scales = replace(scales, weight=weight.astype(np.float64))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # refused then
        return ENGINES[engine](scales, bias, output)


def _qnnpack(scales: Scales, bias: Floats | None, output: Output) -> Arithmetic:
    """The bias is multiplied by the inverse of a sum's step, and rounded to an integer."""
    multiplier = _normal(scales, scales.sum * (np.float32(1) / np.float32(scales.output)))
    steps = np.zeros(scales.channels)
    if bias is not None:
        step = (np.float64(scales.input) * scales.weight).astype(np.float32)
        steps = _checked(bias, np.rint(bias * (np.float32(1) / step)))
    return Arithmetic(
        bias=steps.astype(np.int64),
        requantization=FloatRequantization(multiplier=multiplier, output=output),
    )


def _fbgemm(scales: Scales, bias: Floats | None, output: Output) -> Arithmetic:
    """The bias is added to float32(sum), in steps of a sum.

    With one scale for all channels, bias * (1 / step) is added without being rounded first. With a
    scale per channel, bias / step is rounded to float32 before it is added.
    """
    multiplier = _normal(scales, scales.sum / np.float32(scales.output))
    addend = None
    if bias is not None:
        if scales.per_channel:
            addend = (bias / scales.sum).astype(np.float64)
        else:
            addend = bias.astype(np.float64) * (np.float32(1) / scales.sum).astype(np.float64)
        _checked(bias, addend)
    return Arithmetic(
        bias=np.zeros(scales.channels, dtype=np.int64),
        requantization=FloatRequantization(multiplier=multiplier, output=output, addend=addend),
    )


def _tflite(scales: Scales, bias: Floats | None, output: Output) -> Arithmetic:
    """The bias is rounded to an integer in steps of a sum, as TFLite's converter does."""
    step = np.float64(scales.input) * scales.weight
    multiplier = _normal(scales, step / np.float64(scales.output))
    pairs = [multiplier_and_shift(float(value)) for value in multiplier]
    steps = np.zeros(scales.channels)
    if bias is not None:
        steps = _checked(bias, np.rint(bias.astype(np.float64) / step))
    factors, shifts = np.array(pairs, dtype=np.int64).T
    return Arithmetic(
        bias=steps.astype(np.int64),
        requantization=IntegerRequantization(multiplier=factors, shift=shifts, output=output),
    )


def _onednn(scales: Scales, bias: Floats | None, output: Output) -> Arithmetic:
    """onednn gets the inverses of scales, and inverts them again; the output's is inverted twice.

    This was found on a processor with AVX2 and without VNNI
    (tests/sim/layers/quantized/test_engine.py). Other processors have other kernels, which may
    round in other places.
    """
    multiplied = np.float32(1 / np.float64(scales.output))
    return Arithmetic(
        bias=np.zeros(scales.channels, dtype=np.int64),
        requantization=StepwiseRequantization(
            scale=twice_inverted(scales.input) * scales.weight.astype(np.float32),
            bias=bias, inverse=twice_inverted(multiplied), output=output,
        ),
    )


ENGINES: dict[str, Callable[[Scales, Floats | None, Output], Arithmetic]] = {
    "qnnpack": _qnnpack, "fbgemm": _fbgemm, "tflite": _tflite, "onednn": _onednn
}


def _normal(scales: Scales, multiplier: NDArray) -> NDArray:
    bad = ~((multiplier >= _LEAST) & np.isfinite(multiplier))
    if bad.any():
        raise ValueError(
            "input * weight / output of the scales must be a normal float32, "
            f"not {multiplier[bad][0]}"
        )
    return multiplier


def _checked(bias: Floats, steps: NDArray) -> NDArray:
    bad = ~(np.abs(steps) < _MOST_SUM)  # nan as well
    if bad.any():
        raise ValueError(
            "the bias must be less than 2**31 times the scales of input and weight, "
            f"not {bias[bad][0]}"
        )
    return steps
