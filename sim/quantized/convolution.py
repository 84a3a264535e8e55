"""A quantized layer through the array: encode, simulate, compare with PyTorch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.config import ArrayConfig
from convolith.model.fixed_point import bits_of
from convolith.model.layer import ConvLayer
from convolith.model.overflow import check_overflow
from convolith.model.padding import pad_input
from convolith.model.planner import plan
from convolith.model.post import usual_lanes
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.layer import QuantizedLayer
from convolith.model.quantization.words import parameter_values
from convolith.sim.linear import as_convolution
from convolith.sim.passes import Numbers
from convolith.sim.prepared import Prepared
from convolith.sim.quantized.reference import QuantizedReference

__all__ = ["QuantizedConvolution", "quantized_config"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class QuantizedConvolution(Prepared):
    """A quantized layer that the array can compute, everything checked.

    Make one with `prepare`, then `run` it, as a `Convolution`.
    """

    reference: QuantizedReference

    @classmethod
    def prepare(
        cls, config: ArrayConfig, quantized: QuantizedLayer, x: NDArray[Any], **arguments: Any
    ) -> "QuantizedConvolution":
        """Checks shapes, widths and sizes.

        Parameters
        ----------
        config : ArrayConfig
            With ``post_lanes``, in the engine's ``post_mode``.
        quantized : QuantizedLayer
        x : integer array, (N, C, L), (N, C, H, W), or (..., in) for a linear layer
        **arguments
            stride, padding, dilation, groups, padding_mode; as PyTorch's.

        Raises
        ------
        TypeError, ValueError
            For what PyTorch, the engine or this configuration cannot take, in one sentence.
        """
        if x.dtype.kind not in "iu":
            raise TypeError(f"the input of a quantized layer must be of integers, not {x.dtype}")
        x = x.astype(np.int64)
        low, high = quantized.input_range
        outside = x[(x < low) | (x > high)]
        if outside.size:
            raise ValueError(f"the input must be from {low} to {high}, not {outside[0]}")
        _check_widths(config, quantized)
        reference = QuantizedReference(layer=quantized, x=x, arguments=arguments)
        arguments = dict(arguments)
        padding, mode = arguments.pop("padding", 0), arguments.pop("padding_mode", "zeros")
        x3, w3 = x - quantized.input_offset, quantized.centred
        if w3.ndim == 2:
            x3, w3 = as_convolution(x3, w3, padding=padding, padding_mode=mode, **arguments)
        layer = ConvLayer.from_shapes(x3.shape, w3.shape, padding=padding, **arguments)
        if mode != "zeros":
            x3 = pad_input(x3, layer.padding, layer.padding_after or layer.padding, mode)
            layer = ConvLayer.from_shapes(x3.shape, w3.shape, **arguments)
        check_overflow(config, quantized.centred, quantized.added)
        quantized.check_range()
        numbers = Numbers(
            x=x3.reshape(layer.N, layer.IC, layer.IX, layer.IY),
            w=w3.reshape(layer.OC, -1, layer.KX, layer.KY),
            bias=quantized.added,
            padding_value=quantized.padding_value,
            output=quantized.output,
            parameters=parameter_values(config, quantized.arithmetic.requantization),
        )
        schedule = plan(config, layer, biased=True, requantized=True)
        return cls(
            config=config, layer=layer, schedule=schedule, reference=reference, numbers=numbers
        )

    @property
    def formats(self) -> dict[str, str]:
        """Of input and weight."""
        quantized = self.reference.layer
        kind = "qint8" if quantized.input_signed else "quint8"
        return {"act": kind, "weight": "qint8"}

    def decode(self, given: Ints) -> NDArray[Any]:
        """Stored activations as bytes."""
        output = self.reference.layer.output
        return (given + output.offset).astype(output.dtype)


def quantized_config(quantized: QuantizedLayer, given: Mapping[str, Any]) -> ArrayConfig:
    """The array that ``given`` describes; what it does not say is as the layer needs it.

    Half as many lanes as columns, in the mode of the layer's arithmetic; weights as wide as they
    are without their zero points.
    """
    requantization = quantized.arithmetic.requantization
    mode = "tflite"
    if isinstance(requantization, FloatRequantization):
        mode = "int32" if requantization.addend is None else "float32"
    plain = ArrayConfig(**given)
    needed: dict[str, Any] = {
        "post_lanes": usual_lanes(plain.cols), "post_mode": mode,
        "weight_bits": max(8, _weight_bits(quantized)),
    }  # fmt: skip
    return replace(plain, **{name: of for name, of in needed.items() if name not in given})


def _weight_bits(quantized: QuantizedLayer) -> int:
    weight = quantized.centred
    return max(bits_of(int(weight.min())), bits_of(int(weight.max())))


def _check_widths(config: ArrayConfig, quantized: QuantizedLayer) -> None:
    if not config.post_lanes:
        raise ValueError("post_lanes must be at least 1 for a quantized layer, not 0")
    if config.act_bits < 8:
        raise ValueError(f"act_bits must be at least 8 for quint8, not {config.act_bits}")
    needed = _weight_bits(quantized)
    if needed > config.weight_bits:
        raise ValueError(
            f"weight_bits must be at least {needed} for these weights less their zero points, "
            f"not {config.weight_bits}"
        )
