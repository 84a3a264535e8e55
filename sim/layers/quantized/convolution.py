"""A quantized layer through the array: encode, simulate, compare with PyTorch."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.piece import whole_piece
from convolith.model.compile.planner import plan
from convolith.model.compile.schedule import Schedule
from convolith.model.layer import ConvLayer
from convolith.model.numbers.overflow import check_overflow
from convolith.model.options.config import ArrayConfig
from convolith.model.padding import pad_input
from convolith.model.quantization.layer import QuantizedLayer
from convolith.model.quantization.output import BYTE
from convolith.model.quantization.words import parameter_values
from convolith.sim.layers.common.linear import as_convolution
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.layers.quantized.config import centred_bits
from convolith.sim.layers.quantized.reference import QuantizedReference

__all__ = ["QuantizedConvolution"]


@dataclass(frozen=True, kw_only=True)
class QuantizedConvolution(Prepared):
    """A quantized layer that the array can compute, everything checked.

    Make one with `prepare`, then `run` it, as a `Convolution`.
    """

    reference: QuantizedReference

    @classmethod
    def prepare(
        cls,
        config: ArrayConfig,
        quantized: QuantizedLayer,
        x: NDArray[Any],
        *,
        mapping: Mapping | None = None,
        plain: bool = False,
        **arguments: Any,
    ) -> "QuantizedConvolution":
        """Checks shapes, widths and sizes.

        Parameters
        ----------
        config : ArrayConfig
            With ``post_lanes``, in the engine's ``post_mode``.
        quantized : QuantizedLayer
        x : integer array, (N, C, L), (N, C, H, W), or (..., in) for a linear layer
        mapping : Mapping, optional
            How the layer is laid on the array, as one piece; else it is planned.
        plain : bool
            As in `Convolution.prepare`.
        **arguments
            stride, padding, dilation, groups, padding_mode; as PyTorch's.

        Raises
        ------
        TypeError, ValueError
            For what PyTorch, the engine or this configuration cannot take, in one sentence.
        """
        x = _checked_input(quantized, x)
        _check_widths(config, quantized)
        reference = QuantizedReference(layer=quantized, x=x, arguments=arguments)
        unpadded, layer, x3, w3 = _encoded(reference)
        check_overflow(config, quantized.centred, quantized.added)
        quantized.check_range()
        parameters = parameter_values(config, quantized.arithmetic.requantization)
        if mapping:
            assert mapping.layer == layer
            schedule = Schedule(config, layer, (whole_piece(mapping),), biased=True)
        else:
            schedule = plan(config, layer, biased=True, plain=plain, requantized=True)
        return cls(
            config=config,
            layer=layer,
            schedule=schedule,
            reference=reference,
            unpadded=None if unpadded == layer else unpadded,
            x=x3,
            w=w3.reshape(layer.OC, -1, layer.KX, layer.KY),
            bias=quantized.added,
            padding_value=quantized.padding_value,
            output=quantized.output,
            parameters=parameters,
        )

    def with_input(self, x: NDArray[Any]) -> "QuantizedConvolution":
        """The same with another input of that shape.

        Raises
        ------
        TypeError, ValueError
            If it is of another shape, or out of range.
        """
        if x.shape != self.reference.x.shape:
            raise ValueError(
                f"the input's shape must be {self.reference.x.shape}, not {x.shape}"
            )
        reference = replace(self.reference, x=_checked_input(self.reference.layer, x))
        return replace(self, reference=reference, x=_encoded(reference)[2])

    @property
    def formats(self) -> dict[str, str]:
        """Of input and weight."""
        quantized = self.reference.layer
        kind = "qint8" if quantized.input_signed else "quint8"
        return {"act": kind, "weight": "qint8"}

    @property
    def input_offset(self) -> int:
        return self.reference.layer.input_offset

    @property
    def is_linear(self) -> bool:
        return self.reference.layer.weight.ndim == 2

    @property
    def multipliers(self) -> NDArray[np.float64]:
        scales = self.reference.layer.scales
        return scales.input * scales.weight / scales.output

    def decode(self, given: Ints) -> NDArray[Any]:
        """Stored activations as bytes."""
        output = self.reference.layer.output
        return (given + output.offset).astype(output.dtype)


def _checked_input(quantized: QuantizedLayer, x: NDArray[Any]) -> Ints:
    if x.dtype.kind not in "iu":
        raise TypeError(f"the input of a quantized layer must be of integers, not {x.dtype}")
    low, high = quantized.input_range
    outside = x[(x < low) | (x > high)]
    if outside.size:
        raise ValueError(f"the input must be from {low} to {high}, not {outside[0]}")
    return x.astype(np.int64)


def _encoded(reference: QuantizedReference) -> tuple[ConvLayer, ConvLayer, Ints, Ints]:
    """The layer, that which the array has, its stored input, (N, IC, IX, IY), and its weight."""
    quantized, arguments = reference.layer, dict(reference.arguments)
    padding, mode = arguments.pop("padding", 0), arguments.pop("padding_mode", "zeros")
    x, w = reference.x - quantized.input_offset, quantized.centred
    if w.ndim == 2:
        x, w = as_convolution(x, w, padding=padding, padding_mode=mode, **arguments)
    asked = layer = ConvLayer.from_shapes(x.shape, w.shape, padding=padding, **arguments)
    if mode != "zeros":
        x = pad_input(x, layer.padding, layer.padding_after or layer.padding, mode)
        layer = ConvLayer.from_shapes(x.shape, w.shape, **arguments)
    return asked, layer, x.reshape(layer.N, layer.IC, layer.IX, layer.IY), w


def _check_widths(config: ArrayConfig, quantized: QuantizedLayer) -> None:
    if not config.post_lanes:
        raise ValueError("post_lanes must be at least 1 for a quantized layer, not 0")
    if config.act_bits < BYTE:
        raise ValueError(f"act_bits must be at least {BYTE} for quint8, not {config.act_bits}")
    bits = centred_bits(quantized)
    if config.weight_bits < bits:
        raise ValueError(
            f"weight_bits must be at least {bits} for these weights less their zero points, "
            f"not {config.weight_bits}"
        )
