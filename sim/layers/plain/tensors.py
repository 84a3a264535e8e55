"""PyTorch's tensors as arrays, and the files in which it keeps them."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

__all__ = ["load_weights", "plain_tensor", "to_array"]


def plain_tensor(name: str, tensor: "torch.Tensor") -> "torch.Tensor":
    """The tensor itself; of a subclass that keeps its numbers in another form, what they stand for.

    Such are the quantized weights of torchao, which have a method ``dequantize``.

    Raises
    ------
    TypeError
        If a subclass cannot give an ordinary tensor.
    """
    import torch
    from torch.nn import Parameter

    if type(tensor) in (torch.Tensor, Parameter):
        return tensor
    kind = type(tensor).__name__
    try:
        plain = tensor.dequantize()
    except Exception as error:  # a subclass can raise anything
        raise TypeError(
            f"{name} must be a plain tensor, or one that can be dequantized, not {kind}"
        ) from error
    if type(plain) not in (torch.Tensor, Parameter):
        raise TypeError(
            f"{name} must be a plain tensor once it is dequantized, but {kind} gives "
            f"{type(plain).__name__}"
        )
    return plain


def to_array(name: str, tensor: "torch.Tensor") -> NDArray[Any]:
    """Its numbers; those of types that NumPy does not have as float32, which holds them all.

    Of a tensor subclass `plain_tensor`.

    Raises
    ------
    TypeError
        If it is no ordinary tensor of integers or floats.
    """
    import torch

    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, not {type(tensor).__name__}")
    if not tensor.is_nested:
        tensor = plain_tensor(name, tensor)
    odd = {
        "nested": tensor.is_nested,
        "quantized": tensor.is_quantized,
        "without values (meta)": tensor.device.type == "meta",
        str(tensor.layout): tensor.layout != torch.strided,
        str(tensor.dtype): tensor.dtype.is_complex or tensor.dtype == torch.bool,
    }
    if kind := next((kind for kind, is_so in odd.items() if is_so), None):
        raise TypeError(f"{name} must be a dense tensor of integers or floats, not {kind}")
    tensor = tensor.detach().cpu().resolve_neg()
    if tensor.dtype.is_floating_point and tensor.dtype not in (torch.float32, torch.float64):
        tensor = tensor.float()
    return tensor.numpy()


def load_weights(path: Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """``weight`` and, if there is one, ``bias`` of a module's state dict, as `torch.save` wrote it.

    Only tensors are taken from the file, never code (``weights_only``).

    Raises
    ------
    TypeError, ValueError
        If it cannot be read, or holds anything else.
    """
    import torch

    try:
        with warnings.catch_warnings(action="ignore"):
            state = torch.load(path, weights_only=True, map_location="cpu")
    except OSError as error:
        raise ValueError(
            f"the weights cannot be read from {path}: {error.strerror or error}"
        ) from None
    except Exception:  # a damaged file can make the unpickler raise nearly anything
        state = None
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise ValueError(
            f"the weights must be a state dict of tensors, saved by torch.save, which {path} is not"
        )
    names = sorted(map(str, state))
    if names not in (["weight"], ["bias", "weight"]):
        raise ValueError(
            "the weights must be one layer's, weight and perhaps bias, "
            f"not {', '.join(names) or 'nothing'} as in {path}"
        )
    arrays = {name: to_array(f"the {name}", tensor) for name, tensor in state.items()}
    return np.array(arrays["weight"]), arrays.get("bias")
