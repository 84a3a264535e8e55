"""``torch.nn`` convolutions and linear layers: which operation a module is, on which numbers."""

import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.parametrize import is_parametrized, type_before_parametrizations
from torch.nn.utils.prune import BasePruningMethod

from convolith.model.arrays import Array
from convolith.model.padding import padding_sides, per_side
from convolith.sim.layers.common.reference import Reference
from convolith.sim.layers.plain.tensors import plain_tensor, to_array

__all__ = [
    "by_pytorch", "check_hooks", "check_module", "check_unchanged", "parts", "read_module",
]

LAYERS = (nn.Conv1d, nn.Conv2d, nn.Linear)
CONSTANT_PADS = (nn.ConstantPad1d, nn.ConstantPad2d, nn.ZeroPad1d, nn.ZeroPad2d)
PADS = (
    *CONSTANT_PADS, nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReplicationPad1d,
    nn.ReplicationPad2d, nn.CircularPad1d, nn.CircularPad2d,
)
CIRCULAR = (nn.CircularPad1d, nn.CircularPad2d)
METHODS = ("forward", "_conv_forward")
MOST_SAID = 200  # letters of what PyTorch says
MOST_ERRORS = 16
"""So many times what rounding makes of sums as a rule."""

ARGUMENTS = ("stride", "padding", "dilation", "groups", "padding_mode")


def read_module(module: nn.Module, x: torch.Tensor) -> Reference:
    """What a module computes of an input, as far as its class and its attributes say.

    It has the weight and the bias that PyTorch would use now, and as padding that of the module
    and of those before it; where one cannot stand for all, the input is padded already.

    Parameters
    ----------
    module : nn.Module
        A Conv1d, Conv2d or Linear, or a Sequential of padding modules and one of these.
    x : tensor

    Raises
    ------
    TypeError, ValueError
        For another module, one that has hooks other than pruning's, and for numbers that are
        no dense tensors.
    """
    *pads, layer = parts(module)
    _check_layer(layer)
    to_array("the input", x)  # refused before PyTorch pads it
    weight, bias = _parameters(layer)
    arguments: dict[str, Any] = {}
    axes = weight.dim() - 2  # 0 of a Linear
    if axes:
        arguments = {name: getattr(layer, name) for name in ARGUMENTS}
        if x.dim() not in (axes + 1, axes + 2):
            raise ValueError(f"the input must have {axes + 2} axes, or {axes + 1}, not {x.dim()}")
    given = loaded = x.detach()
    before_pads = dict(arguments)
    for pad in pads:
        given = by_pytorch(pad, given)
        sides = _zeros_around(pad, arguments, axes)
        if sides:
            arguments["padding"] = sides
        else:  # around all that came before it
            loaded, arguments = given, dict(before_pads)
    b = None if bias is None else to_array("the bias", bias)
    return Reference(
        x=to_array("the input", loaded), w=to_array("the weight", weight), bias=b, **arguments
    )


def check_module(module: nn.Module, x: torch.Tensor, reference: Reference) -> torch.dtype:
    """Calls a module, and compares with what `read_module` says; the type of what it gives.

    It computes in float64, with the weight and bias that were read. One that may compute in a
    way of its own is called as it is, too. Where sums are not exact, they may differ by what
    adding in another order can change.

    Raises
    ------
    ValueError
        If they differ, or PyTorch cannot run the module.
    """
    *pads, layer = parts(module)
    given = x.detach()
    for pad in pads:
        given = by_pytorch(pad, given)
    plain = _in_float64(layer, reference.w, reference.bias)
    found = by_pytorch(plain, given.double())
    _compare(found, reference, "its attributes may have been changed")
    weight, _ = _parameters(layer)
    kind = type(weight)
    own = [name for name in METHODS if name in vars(layer)]
    if own or kind not in (torch.Tensor, nn.Parameter):
        reason = f"a changed {own[0]}" if own else f"a weight of the type {kind.__name__}"
        if weight.dtype not in (torch.float32, torch.float64):
            raise ValueError(
                f"a module with {reason} must be of float32 or float64, so that its products can "
                f"be checked, not of {weight.dtype}"
            )
        _compare(by_pytorch(layer, given), reference, f"it has {reason}")
    own_type = plain_tensor("the weight", weight).dtype
    try:
        return torch.promote_types(own_type, given.dtype)
    except RuntimeError:  # types that PyTorch does not mix
        return own_type


def _compare(found: torch.Tensor, reference: Reference, cause: str) -> None:
    """Refuses what differs by more than rounding.

    Raises
    ------
    ValueError
        With the first difference and its likely ``cause``.
    """
    got = found.detach().cpu().double().numpy()
    expected = np.asarray(reference.output(), dtype=np.float64)
    if got.shape == expected.shape:
        wrong = got != expected
        if wrong.any():
            wrong = np.abs(got - expected) > _rounding(reference, torch.finfo(found.dtype).eps)
        if not wrong.any():
            return
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        difference = f"gives {got[at]} at {list(at)}, not {expected[at]}"
    else:
        difference = f"gives the shape {got.shape}, not {expected.shape}"
    raise ValueError(
        f"the module must compute what its class, weight, bias and attributes say, but it "
        f"{difference}: {cause}"
    )


def parts(module: nn.Module) -> list[nn.Module]:
    """Padding modules, and the layer that comes after them.

    Raises
    ------
    TypeError
        For a Sequential of anything else, or one that is changed.
    """
    if type(module) is not nn.Sequential:
        return [module]
    *pads, layer = list(module) or [module]
    for pad in pads:
        if type(pad) not in PADS:
            raise TypeError(
                f"a Sequential must be padding modules and one layer, but {_name(pad)} is before "
                f"its {type(layer).__name__}"
            )
    for part in (module, *pads):
        check_unchanged(part)
        check_hooks(part)
    for pad in pads:
        if isinstance(pad, CIRCULAR) and min(pad.padding) < 0:  # PyTorch returns anything then
            raise ValueError(f"circular padding must be at least 0, not {min(pad.padding)}")
    return [*pads, layer]


def _check_layer(layer: nn.Module) -> None:
    """Refuses what computes anything else than its class in ``torch.nn`` does."""
    kind = next((kind for kind in LAYERS if isinstance(layer, kind)), None)
    name = type(layer).__name__
    if kind is None:
        raise TypeError(
            "the module must be a Conv1d, Conv2d or Linear of torch.nn or torch.ao.nn.quantized, "
            f"or a Sequential of padding and one of them, not {_name(layer)}"
        )
    for method in METHODS:
        if getattr(type(layer), method, None) is not getattr(kind, method, None):
            raise TypeError(
                f"the module must compute as torch.nn.{kind.__name__} does, "
                f"but {name} has its own {method}"
            )
    if any(map(is_lazy, layer.parameters())):
        raise TypeError(f"the module must have its parameters, but {name} waits for an input")
    check_hooks(layer)


def check_unchanged(module: nn.Module) -> None:
    """Refuses a module with a method of its own in the place of its class's.

    Raises
    ------
    TypeError
        Naming the method.
    """
    for name in METHODS:
        if name in vars(module):
            raise TypeError(
                f"the module must have the {name} of its class, but that of this "
                f"{type(module).__name__} has been changed"
            )


def check_hooks(module: nn.Module) -> None:
    """Pruning's compute the weight that is used; others can do anything.

    Raises
    ------
    TypeError
        For others.
    """
    before = module._forward_pre_hooks.values()
    if module._forward_hooks or not all(isinstance(hook, BasePruningMethod) for hook in before):
        raise TypeError(
            f"the module must have no forward hooks but those of torch.nn.utils.prune, but this "
            f"{type(module).__name__} has"
        )


def _name(module: nn.Module) -> str:
    """Where users find its class: ``torch.nn.ReLU``."""
    kind = type(module)
    if getattr(nn, kind.__name__, None) is kind:
        return f"torch.nn.{kind.__name__}"
    return f"{kind.__module__}.{kind.__name__}"


def _parameters(layer: nn.Module) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Weight and bias."""
    own = deepcopy(layer) if is_parametrized(layer) else layer  # some change when they are read
    return _parameter(own, "weight"), None if own.bias is None else _parameter(own, "bias")


def _parameter(layer: nn.Module, name: str) -> torch.Tensor:
    """As PyTorch uses it now: a pruned one is masked anew before each call."""
    for hook in layer._forward_pre_hooks.values():
        assert isinstance(hook, BasePruningMethod)
        if hook._tensor_name == name:
            masked: torch.Tensor = hook.apply_mask(layer)
            return masked
    value: torch.Tensor = getattr(layer, name)
    return value


def _zeros_around(pad: nn.Module, arguments: dict[str, Any], axes: int) -> tuple[int, ...] | None:
    """The layer's padding with that of a module before it, if one padding can stand for both."""
    own = arguments.get("padding", "")
    if type(pad) not in CONSTANT_PADS or pad.value or isinstance(own, str):
        return None
    if arguments["padding_mode"] != "zeros" or min(pad.padding) < 0:
        return None
    sides = (*pad.padding, *[0] * (2 * axes - len(pad.padding)))
    if len(sides) > 2 * axes:  # of the channels as well
        return None
    before, after = padding_sides(own, axes)
    return tuple(a + b for a, b in zip(per_side(before, after, axes), sides, strict=True))


def _in_float64(layer: nn.Module, weight: Array, bias: Array | None) -> nn.Module:
    """A module with the layer's attributes, and with these numbers."""
    kind: Any = type_before_parametrizations(layer)
    double: nn.Module = kind.__new__(kind)
    replaced = ("weight", "bias", *METHODS)
    state = {name: value for name, value in vars(layer).items() if name not in replaced}
    given = {"weight": weight, "bias": bias}
    parameters = {
        name: None if of is None else nn.Parameter(torch.from_numpy(of.astype(np.float64)))
        for name, of in given.items()
    }
    own = {"_parameters": parameters, "_buffers": {}, "_modules": {}, "_forward_pre_hooks": {}}
    double.__dict__ = state | own
    return double


def by_pytorch(call: Callable[[torch.Tensor], Any], x: torch.Tensor) -> torch.Tensor:
    """What it gives, or PyTorch's own words on why it gives nothing."""
    try:
        with torch.no_grad(), warnings.catch_warnings(action="ignore"):
            result = call(x)
    except Exception as error:  # a user's forward can raise anything
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ValueError(f"the module must run in PyTorch, but: {first[:MOST_SAID]}") from error
    if not isinstance(result, torch.Tensor):
        raise ValueError(f"the module must give a tensor, not {type(result).__name__}")
    return result


def _rounding(reference: Reference, eps: float) -> Array:
    """By how much sums of the same products can differ, added in different orders.

    Errors of roundings are independent of one another, so that a sum of n products is off by some
    eps * sqrt(n) of the root of the sum of their squares (Higham, Accuracy and Stability of
    Numerical Algorithms, section 2.8); much more than that is no rounding.
    """
    squares = replace(
        reference,
        x=reference.x.astype(np.float64) ** 2,
        w=reference.w.astype(np.float64) ** 2,
        bias=None if reference.bias is None else reference.bias.astype(np.float64) ** 2,
    ).output()
    products = int(np.prod(reference.w.shape[1:])) + 1
    bound: Array = MOST_ERRORS * eps * np.sqrt(products * squares)
    return bound
