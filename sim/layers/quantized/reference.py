"""What PyTorch makes of a quantized layer, in its own quantized operators."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.layer import ConvLayer
from convolith.model.quantization.layer import QuantizedLayer
from convolith.sim.layers.common.reference import Reference, padded
from convolith.sim.layers.quantized.engine import exact_here, quiet, using

__all__ = ["QuantizedReference"]


@dataclass(frozen=True, kw_only=True)
class QuantizedReference:
    """A quantized convolution or linear layer, its input and its arguments, for PyTorch.

    Parameters
    ----------
    layer : QuantizedLayer
    x : int64 array
        As PyTorch shapes it.
    arguments : dict
        stride, padding, dilation, groups, padding_mode; of a linear layer none.
    """

    layer: QuantizedLayer
    x: Ints
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def bias(self) -> NDArray[np.floating] | None:
        """The layer's."""
        return self.layer.bias

    @property
    def padding_mode(self) -> str:
        """The layer's."""
        return str(self.arguments.get("padding_mode", "zeros"))

    @property
    def name(self) -> str:
        """Who says what is right."""
        return f"PyTorch's {self.layer.engine}" if self.by_pytorch else "exact sums"

    @property
    def engine(self) -> str:
        """Whose arithmetic the layer has."""
        return self.layer.engine

    @property
    def by_pytorch(self) -> bool:
        """PyTorch computes this engine's arithmetic, and its sums cannot saturate here."""
        engine = self.layer.engine
        return engine != "tflite" and exact_here(engine, self.x, self.layer.weight)

    def output(self) -> NDArray[Any]:
        """PyTorch's bytes; or what the engine's formulas make of PyTorch's exact sums."""
        y = self.module_output() if self.by_pytorch else self.exact_output()
        return y.astype(self.layer.output.dtype)

    def exact_output(self) -> Ints:
        """Of sums that do not saturate."""
        layer = self.layer
        sums = Reference(
            x=self.x - layer.input_zero_point, w=layer.centred, **self.arguments
        ).output()
        flat = sums.reshape(-1, len(layer.weight)) if layer.weight.ndim == 2 else sums
        added = layer.arithmetic.bias.reshape(-1, *[1] * (flat.ndim - 2))
        return layer.apply(flat + added).reshape(sums.shape)

    def module_output(self) -> Ints:
        """Of a quantized module, packed for the engine."""
        import torch
        from torch.ao.nn import quantized

        layer, scales = self.layer, self.layer.scales
        shape = layer.weight.shape
        x, arguments = self.module_input()
        made: Any
        with quiet(), using(layer.engine):
            if layer.weight.ndim == 2:
                made = quantized.Linear(shape[1], shape[0])
            else:
                kind = quantized.Conv1d if layer.weight.ndim == 3 else quantized.Conv2d
                made = kind(shape[1] * arguments["groups"], shape[0], shape[2:], **arguments)
            integers = torch.from_numpy(layer.weight.astype(np.int8))
            if scales.per_channel:
                weight = torch._make_per_channel_quantized_tensor(
                    integers, torch.from_numpy(scales.weight),
                    torch.from_numpy(layer.weight_zero_point), 0,
                )
            else:
                weight = torch._make_per_tensor_quantized_tensor(
                    integers, float(scales.weight[0]), int(layer.weight_zero_point[0])
                )
            bias = None if layer.bias is None else torch.from_numpy(layer.bias)
            made.set_weight_bias(weight, bias)
            made.scale, made.zero_point = scales.output, layer.output.zero_point
            given = torch._make_per_tensor_quantized_tensor(
                torch.from_numpy(x.astype(np.uint8)), scales.input, layer.input_zero_point
            )
            y = made(given).int_repr().numpy().astype(np.int64)
        # A fused ReLU is what the output's clamp does.
        return np.maximum(y, layer.output.low)

    def module_input(self) -> tuple[Ints, dict[str, Any]]:
        """The input, with the padding that PyTorch's module cannot put around it, and arguments."""
        if self.layer.weight.ndim == 2:
            return self.x, {}
        mode = self.padding_mode
        others = {name: value for name, value in self.arguments.items() if name != "padding_mode"}
        layer = ConvLayer.from_shapes(self.x.shape, self.layer.weight.shape, **others)
        axis = 2 - layer.dims
        arguments: dict[str, Any] = {
            "stride": layer.stride[axis:], "dilation": layer.dilation[axis:],
            "groups": layer.groups, "padding": layer.padding[axis:], "padding_mode": mode,
        }
        if layer.padding_after is None and mode in ("zeros", "reflect"):
            return self.x, arguments
        # What is not there reads as the zero point.
        x = padded(self.x, layer.padding_per_side, mode, value=self.layer.input_zero_point)
        nothing = {"padding": (0,) * layer.dims, "padding_mode": "zeros"}
        return x.astype(np.int64), arguments | nothing
