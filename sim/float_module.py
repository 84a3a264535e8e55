"""``torch.nn`` convolutions and linear layers: which operation a module is, on which numbers."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.parametrize import is_parametrized
from torch.nn.utils.prune import BasePruningMethod

from convolith.model.padding import padding_sides, per_side
from convolith.sim.reference import Reference
from convolith.sim.tensors import plain_tensor, to_array

__all__ = ["FloatModule", "by_pytorch", "parts"]

Array = NDArray[Any]

LAYERS = (nn.Conv1d, nn.Conv2d, nn.Linear)
CONSTANT_PADS = (nn.ConstantPad1d, nn.ConstantPad2d, nn.ZeroPad1d, nn.ZeroPad2d)
PADS = (
    *CONSTANT_PADS, nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReplicationPad1d,
    nn.ReplicationPad2d, nn.CircularPad1d, nn.CircularPad2d,
)
ARGUMENTS = ("stride", "padding", "dilation", "groups", "padding_mode")


@dataclass(frozen=True, kw_only=True)
class FloatModule:
    """What a module computes, as far as its class and its attributes say.

    Parameters
    ----------
    layer : nn.Module
        The Conv1d, Conv2d or Linear, which `check` calls.
    given : tensor
        Its input, with the padding of the modules before it.
    x, weight, bias : arrays
        The same input, but without the padding that is among ``arguments``; the weight and bias
        that PyTorch would use now.
    arguments : dict
        stride, padding, dilation, groups, padding_mode; of a linear layer none.
    """

    layer: nn.Module
    given: torch.Tensor
    x: Array
    weight: Array
    bias: Array | None
    arguments: dict[str, Any]

    @classmethod
    def read(cls, module: nn.Module, x: torch.Tensor) -> "FloatModule":
        """Of a Conv1d, Conv2d or Linear, or a Sequential of padding modules and one of these.

        Raises
        ------
        TypeError, ValueError
            For another module, one that has hooks other than pruning's, and for numbers that are
            no dense tensors.
        """
        *pads, layer = parts(module)
        _check_layer(layer)
        to_array("the input", x)  # refused before PyTorch pads it
        arguments: dict[str, Any] = {}
        axes = layer.weight.dim() - 2  # 0 of a Linear
        if axes:
            arguments = {name: getattr(layer, name) for name in ARGUMENTS}
            if x.dim() not in (axes + 1, axes + 2):
                raise ValueError(
                    f"the input must have {axes + 2} axes, or {axes + 1}, not {x.dim()}"
                )
        given = array = x.detach()
        own = dict(arguments)
        for pad in pads:
            given = by_pytorch(pad, given)
            sides = _zeros_around(pad, arguments, axes)
            if sides:
                arguments["padding"] = sides
            else:  # around all that came before it
                array, arguments = given, dict(own)
        bias = None if layer.bias is None else to_array("the bias", _parameter(layer, "bias"))
        return cls(
            layer=layer, given=given, x=to_array("the input", array),
            weight=to_array("the weight", _parameter(layer, "weight")), bias=bias,
            arguments=arguments,
        )

    @property
    def output_type(self) -> torch.dtype:
        """What the module gives: for types that PyTorch does not mix, its weight's."""
        weight = plain_tensor("the weight", self.layer.weight).dtype
        try:
            return torch.promote_types(weight, self.given.dtype)
        except RuntimeError:
            return weight

    def check(self, reference: Reference) -> None:
        """Calls the module, and compares with what its class and attributes say.

        It computes in float64; with weights that it computes itself (parametrized ones, or of a
        tensor subclass) in its own type. Where sums are not exact there, they may differ by what
        adding in another order can change.

        Raises
        ------
        ValueError
            If they differ, or PyTorch cannot run the module.
        """
        plain = all(plain_tensor("a parameter", p) is p for p in self.layer.parameters())
        call = _in_float64 if plain and not is_parametrized(self.layer) else by_pytorch
        given = call(self.layer, self.given)
        found = given.double().numpy()
        expected = np.asarray(reference.output(), dtype=np.float64)
        if found.shape == expected.shape:
            wrong = found != expected
            if wrong.any():
                wrong = np.abs(found - expected) > _rounding(reference, torch.finfo(given.dtype))
            if not wrong.any():
                return
            at = tuple(int(i) for i in np.argwhere(wrong)[0])
            difference = f"gives {found[at]} at {list(at)}, not {expected[at]}"
        else:
            difference = f"gives the shape {found.shape}, not {expected.shape}"
        raise ValueError(
            f"the module must compute what its class, weight, bias and attributes say, but it "
            f"{difference}: its forward or an attribute may have been changed"
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
        if "forward" in vars(part):
            raise TypeError(f"the forward of a {type(part).__name__} must be torch.nn's own")
        _check_hooks(part)
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
    for method in ("forward", "_conv_forward"):
        if getattr(type(layer), method, None) is not getattr(kind, method, None):
            raise TypeError(
                f"the module must compute as torch.nn.{kind.__name__} does, "
                f"but {name} has its own {method}"
            )
    if any(map(is_lazy, layer.parameters())):
        raise TypeError(f"the module must have its parameters, but {name} waits for an input")
    _check_hooks(layer)


def _check_hooks(module: nn.Module) -> None:
    """Pruning's compute the weight that is used; others can do anything."""
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


def _in_float64(layer: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What the layer gives for its numbers and its input in float64; it stays as it is."""

    def double(tensor: torch.Tensor) -> torch.Tensor:
        return plain_tensor("a parameter", tensor).detach().cpu().double()

    numbers = [*layer.named_parameters(), *layer.named_buffers()]
    state = {name: double(tensor) for name, tensor in numbers}
    before = dict(vars(layer))
    try:
        return by_pytorch(
            lambda given: torch.func.functional_call(layer, state, (given,)), double(x)
        )
    finally:  # pruning's hooks leave the masked weight, of float64 here, in the layer
        vars(layer).clear()
        vars(layer).update(before)


def by_pytorch(call: Callable[[torch.Tensor], Any], x: torch.Tensor) -> torch.Tensor:
    """What it gives, or PyTorch's own words on why it gives nothing."""
    try:
        with torch.no_grad(), warnings.catch_warnings(action="ignore"):
            result = call(x)
    except Exception as error:  # a user's forward can raise anything
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ValueError(f"the module must run in PyTorch, but: {first}") from error
    if not isinstance(result, torch.Tensor):
        raise ValueError(f"the module must give a tensor, not {type(result).__name__}")
    return result


def _rounding(reference: Reference, kind: torch.finfo) -> Array:
    """By how much sums of the same products can differ, added in different orders in such a type.

    A sum of n products is off by at most n * eps / 2 of the sum of magnitudes, to first order
    (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1); two of them differ by
    twice that. Products of rounded factors and scales are allowed as much again.
    """
    magnitudes = replace(
        reference,
        x=np.abs(reference.x.astype(np.float64)),
        w=np.abs(reference.w.astype(np.float64)),
        bias=None if reference.bias is None else np.abs(reference.bias.astype(np.float64)),
    ).output()
    products = int(np.prod(reference.w.shape[1:]))
    bound: Array = 2 * (products + 2) * kind.eps * magnitudes
    return bound
