"""From a module of PyTorch to a layer that the array can compute."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from inspect import signature
from typing import Any

import torch
from torch import nn

from convolith.model.options.config import ArrayConfig
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.layers.plain.float_module import by_pytorch, check_module, parts, read_module
from convolith.sim.layers.quantized.convolution import QuantizedConvolution
from convolith.sim.layers.quantized.module import is_quantized, prepare_quantized

__all__ = ["check_names", "prepared_module"]


def prepared_module(
    module: nn.Module,
    x: torch.Tensor,
    parameters: Mapping[str, Any],
    *,
    exact: bool,
    engine: str | None,
    plain: bool,
) -> tuple[Convolution | QuantizedConvolution, torch.dtype]:
    """The layer that a module is for such an input, and the type of what the module gives.

    Parameters
    ----------
    module, x, exact, engine, plain
        As those of `sim.layers.module.run`.
    parameters : dict
        Of `ArrayConfig`.

    Raises
    ------
    TypeError, ValueError
        For what the array cannot compute, in one sentence.
    """
    *pads, last = parts(module)
    if is_quantized(last):
        for pad in pads:
            x = _padded_quantized(pad, x)
        return prepare_quantized(last, x, engine, dict(parameters), plain=plain), torch.quint8
    asked = read_module(module, x)
    if engine is not None:
        raise ValueError(f"an engine is of quantized modules, not of {type(module).__name__}")
    convolution = Convolution.prepare(
        ArrayConfig(**parameters), **vars(asked), exact=exact, plain=plain
    )
    return convolution, check_module(module, x, asked)


def check_names(function: Callable[..., Any], parameters: Mapping[str, Any]) -> None:
    """Refuses a name that is neither an argument of a function nor a parameter of the array.

    Raises
    ------
    TypeError
        With the nearest name, and all.
    """
    arguments = [name for name in signature(function).parameters if name not in ("module", "x")]
    own = ", ".join(name for name in arguments if name != "parameters")
    array = [field.name for field in fields(ArrayConfig)]
    for name in parameters:
        if name not in array:
            near = get_close_matches(name, [*arguments, *array], 1)
            meant = f"; {near[0]} is one" if near else ""
            if name in ("stride", "padding", "dilation", "groups", "padding_mode"):
                meant = f"; {name} is the module's own"
            raise TypeError(
                f"{function.__name__} takes {own}, and the array's parameters {', '.join(array)}, "
                f"not {name!r}{meant}"
            )


def _padded_quantized(pad: nn.Module, x: torch.Tensor) -> torch.Tensor:
    try:
        return by_pytorch(pad, x)
    except ValueError as error:  # of several lines, and of PyTorch's inside
        raise ValueError(
            f"padding before a quantized module must be what PyTorch has for quantized tensors, "
            f"which {type(pad).__name__} is not for this one"
        ) from error
