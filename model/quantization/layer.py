"""A quantized layer: integers, zero points, scales and an engine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.checks import check_int
from convolith.model.numbers.overflow import sum_ranges
from convolith.model.quantization.engine import Arithmetic, arithmetic
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.onednn import StepwiseRequantization
from convolith.model.quantization.output import Output
from convolith.model.quantization.scales import Scales

__all__ = ["QuantizedLayer"]

BITS = 8


@dataclass(frozen=True, kw_only=True)
class QuantizedLayer:
    """A convolution or linear layer of integers, and how its sums become activations.

    Parameters
    ----------
    weight : int64 array, (OC, IC / groups, ...) or (OC, in)
        Integers from -128 to 127.
    weight_zero_point : int64 array, (OC,)
    input_zero_point : int
    input_signed : bool
        The input's range is from -128 to 127. Without it, the range is from 0 to 255.
    bias : float32 array, (OC,), optional
    scales : Scales
    output : Output
    engine : str
        One of ENGINES.

    Raises
    ------
    TypeError, ValueError
        For values out of range, and for arrays without one entry per output channel.
    """

    weight: Ints
    weight_zero_point: Ints
    input_zero_point: int
    input_signed: bool = False
    bias: NDArray[np.float32] | None
    scales: Scales
    output: Output
    engine: str

    def __post_init__(self) -> None:
        channels = len(self.weight)
        for name, what in (
            ("weight_zero_point", "zero points of the weight"),
            ("bias", "the bias"),
        ):
            array = getattr(self, name)
            if array is not None and array.shape != (channels,):
                raise ValueError(
                    f"{what} must be one per output channel, {channels}, not {array.size}"
                )
        if self.scales.channels != channels:
            raise ValueError(
                f"scales of the weight must be one per output channel, {channels}, "
                f"not {self.scales.channels}"
            )
        check_int("the input's zero point", self.input_zero_point, *self.input_range)
        low, high = -(1 << (BITS - 1)), (1 << (BITS - 1)) - 1
        for what, array in (
            ("the weight", self.weight), ("the weight's zero point", self.weight_zero_point)
        ):
            outside = array[(array < low) | (array > high)]
            if outside.size:
                raise ValueError(f"{what} must be from {low} to {high}, not {outside[0]}")
        _ = self.arithmetic  # refuses what no engine computes

    @property
    def input_range(self) -> tuple[int, int]:
        """The least and the greatest input."""
        low = -(1 << (BITS - 1)) if self.input_signed else 0
        return low, low + (1 << BITS) - 1

    @property
    def input_offset(self) -> int:
        """The number that an input stands for, minus its stored activation, which is signed."""
        return 0 if self.input_signed else 1 << (BITS - 1)

    @property
    def centred(self) -> Ints:
        """The weight minus its zero point. The array multiplies with this."""
        return self.weight - self.weight_zero_point.reshape(-1, *[1] * (self.weight.ndim - 1))

    @property
    def arithmetic(self) -> Arithmetic:
        """How the engine computes outputs from the layer's sums."""
        linear = self.weight.ndim == 2
        return arithmetic(self.engine, self.scales, self.bias, self.output, linear=linear)

    @property
    def padding_value(self) -> int:
        """The padding of a stored input: the activation that stands for zero."""
        return self.input_zero_point - self.input_offset

    @property
    def added(self) -> Ints:
        """The integers that the array adds to its sums of stored inputs: (OC,).

        They are the bias, if the engine adds it as an integer, minus the zero point's contribution.
        """
        flat = self.centred.reshape(len(self.weight), -1)
        return self.arithmetic.bias - self.padding_value * flat.sum(axis=1)

    def check_range(self) -> None:
        """Refuses layers in which some input leaves the range where engines round as stated.

        Raises
        ------
        ValueError
            If a sum times the multiplier, or shifted to the left, can reach 2**31.
        """
        requantization = self.arithmetic.requantization
        low, high = sum_ranges(self.centred, BITS, self.added)
        most = np.maximum(-low, high).astype(np.float64)
        if isinstance(requantization, FloatRequantization):
            addend = requantization.addend
            sums = most + (0 if addend is None else np.abs(addend))
            scaled = np.max(sums * requantization.multiplier.astype(np.float64))
        elif isinstance(requantization, StepwiseRequantization):
            scaled = np.max(most * requantization.scale * requantization.inverse)
        else:
            scaled = np.max(most * 2.0 ** np.maximum(requantization.shift, 0))
        if scaled >= 1 << 31:
            raise ValueError(
                "the greatest sum times input * weight / output of the scales must be less than "
                f"2**31, not {scaled:.4g}"
            )

    def apply(self, sums: Ints) -> Ints:
        """The outputs for the array's sums, (N, OC, ...), which include ``added``."""
        return self.arithmetic.requantization.apply(sums)
