"""``torch.ao.nn.quantized`` modules as quantized layers."""

from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.ao.nn import quantized
from torch.ao.nn.intrinsic import quantized as fused

from convolith.model.quantization.layer import QuantizedLayer
from convolith.model.quantization.output import Output
from convolith.model.quantization.scales import Scales
from convolith.sim.layers.plain.float_module import check_hooks, check_unchanged
from convolith.sim.layers.quantized.config import quantized_config
from convolith.sim.layers.quantized.convolution import QuantizedConvolution
from convolith.sim.layers.quantized.engine import quiet, resolve, using
from convolith.sim.layers.quantized.reference import QuantizedReference

__all__ = ["check_engine", "input_of", "is_quantized", "layer_of", "prepare_quantized", "tensor_of"]

RELU = (fused.ConvReLU1d, fused.ConvReLU2d, fused.LinearReLU)
PACKED = ("qnnpack", "fbgemm", "x86")
PLAIN = (quantized.Conv1d, quantized.Conv2d, quantized.Linear)


def is_quantized(module: object) -> bool:
    """It is one of these modules, and computes as they do."""
    return type(module) in (*RELU, *PLAIN)


def input_of(x: torch.Tensor) -> tuple[NDArray[np.int64], float, int]:
    """A quantized tensor's integers, scale and zero point.

    Raises
    ------
    TypeError
        If it is none of quint8 with one scale.
    """
    if not isinstance(x, torch.Tensor) or not x.is_quantized or x.dtype != torch.quint8:
        found = x.dtype if isinstance(x, torch.Tensor) else type(x).__name__
        raise TypeError(f"the input of a quantized module must be a quint8 tensor, not {found}")
    if x.qscheme() != torch.per_tensor_affine:
        raise TypeError(f"the input must have one scale, not {x.qscheme()}")
    return x.int_repr().numpy().astype(np.int64), x.q_scale(), x.q_zero_point()


def layer_of(
    module: Any, input_scale: float, input_zero_point: int, engine: str | None = None
) -> tuple[QuantizedLayer, dict[str, Any]]:
    """The layer that a module is for such an input, and its arguments.

    Raises
    ------
    ValueError
        For what the array cannot compute.
    """
    with quiet():
        weight, bias = module.weight(), module.bias()
    per_channel = weight.qscheme() in (
        torch.per_channel_affine, torch.per_channel_affine_float_qparams
    )
    channels = weight.shape[0]
    if per_channel:
        scale = weight.q_per_channel_scales().double().numpy()
        zero_point = weight.q_per_channel_zero_points().numpy().astype(np.int64)
    else:
        scale = np.full(channels, weight.q_scale())
        zero_point = np.full(channels, weight.q_zero_point(), dtype=np.int64)
    linear = isinstance(module, quantized.Linear)
    arguments: dict[str, Any] = {}
    integers = weight.int_repr().numpy().astype(np.int64)
    if not linear:
        axes = 1 if isinstance(module, quantized.Conv1d) else 2
        # qnnpack's Conv1d loses an axis of 1 each time that it is asked for its weight.
        integers = integers.reshape(*integers.shape[:2], *integers.shape[2:] or (1,))
        arguments = {
            name: tuple(getattr(module, name))[:axes] for name in ("stride", "padding", "dilation")
        }
        arguments |= {"groups": module.groups, "padding_mode": module.padding_mode}
    layer = QuantizedLayer(
        weight=integers,
        weight_zero_point=zero_point,
        input_zero_point=input_zero_point,
        bias=None if bias is None else bias.detach().float().numpy(),
        scales=Scales(
            input=input_scale, weight=scale, output=_plain(module.scale), per_channel=per_channel
        ),
        output=Output(zero_point=_plain(module.zero_point), relu=type(module) in RELU),
        engine=resolve(
            engine, linear=linear, groups=arguments.get("groups", 1),
            symmetric=not zero_point.any(),
        ),
    )
    return layer, arguments


def prepare_quantized(
    module: Any,
    x: torch.Tensor,
    engine: str | None,
    parameters: dict[str, Any],
    *,
    plain: bool = False,
) -> QuantizedConvolution:
    """The module's layer on an array of such parameters, checked.

    Raises
    ------
    TypeError, ValueError
        For what the array cannot compute; for a module that was made for another engine.
    """
    check_unchanged(module)
    check_hooks(module)
    integers, scale, zero_point = input_of(x)
    if engine is not None and engine not in PACKED and engine != "onednn":
        names = ", ".join(PACKED)
        raise ValueError(f"the engine of a module must be one of {names}, not {engine!r}")
    # First of all: a Conv1d of qnnpack that is asked for its weight before it ran once cannot run.
    given, refusal = None, ""
    try:
        with quiet(), using(engine) if engine in PACKED else nullcontext():
            given = module(x).int_repr().numpy()
    except (RuntimeError, TypeError) as error:
        refusal = str(error).strip().splitlines()[0]
    layer, arguments = layer_of(module, scale, zero_point, engine)
    convolution = QuantizedConvolution.prepare(
        quantized_config(layer, parameters), layer, integers, plain=plain, **arguments
    )
    if given is None:
        raise ValueError(f"the module must run in PyTorch, but: {refusal}")
    check_engine(convolution.reference, given)
    return convolution


def check_engine(reference: QuantizedReference, given: NDArray[Any]) -> None:
    """Refuses a module that was made for another engine: PyTorch's own gives other bytes then.

    Raises
    ------
    ValueError
        Naming the engine.
    """
    expected = reference.module_output()
    if not np.array_equal(given, expected.astype(given.dtype)):
        raise ValueError(
            f"the engine must be the one that the module was made for, and its attributes as they "
            f"were made, but it gives other bytes than {reference.layer.engine}'s"
        )


def _plain(value: Any) -> Any:
    """A number that may be a tensor."""
    return value.item() if isinstance(value, torch.Tensor) else value


def tensor_of(y: NDArray[Any], module: nn.Module) -> torch.Tensor:
    """Outputs as the quantized tensor that the module gives."""
    return torch._make_per_tensor_quantized_tensor(
        torch.from_numpy(y.astype(np.uint8)), module.scale, module.zero_point
    )
