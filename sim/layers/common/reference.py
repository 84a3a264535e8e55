"""What PyTorch says."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.model.arrays import Array
from convolith.model.padding import is_per_side

__all__ = ["Reference", "padded"]

TORCH_MODES = {"zeros": "constant"}
"""What ``torch.nn.functional.pad`` calls a padding mode, where it is another name."""


def padded(x: Array, sides: Sequence[int], mode: str, value: float = 0.0) -> Array:
    """PyTorch's own padding of an input (N, C, L) or (N, C, H, W), or without the batch.

    ``sides`` as ``torch.nn.functional.pad`` takes them; ``value`` is for the mode zeros. The
    numbers must be exact in float64.
    """
    import torch

    tensor = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64))
    more = {"value": value} if mode == "zeros" else {}
    kind = TORCH_MODES.get(mode, mode)
    return torch.nn.functional.pad(tensor, list(sides), mode=kind, **more).numpy()


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A convolution or linear layer with the user's own tensors and arguments, for PyTorch.

    ``padding`` may have two numbers per axis (`is_per_side`). The input of a convolution may be
    without the batch.

    Sums are exact: of integers in float64 below 2**53, in whatever order PyTorch adds them, and of
    floats that are exact in fixed point.
    """

    x: Array
    w: Array
    bias: Array | None = None
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    groups: int = 1
    padding_mode: str = "zeros"

    @property
    def name(self) -> str:
        """Who says what is right."""
        return "PyTorch"

    @property
    def engine(self) -> None:
        """It is no quantized layer."""
        return None

    @property
    def is_float(self) -> bool:
        """Some tensor holds floats."""
        tensors = (self.x, self.w, self.bias)
        return any(t is not None and t.dtype.kind == "f" for t in tensors)

    def output(self) -> Array:
        """PyTorch's result: int64, or float64 if any tensor is a float."""
        # Here, so that `convolith --help` does not wait for it.
        import torch
        from torch import nn

        x = self.x
        if self.w.ndim == 2:
            module: nn.Module = nn.Linear(
                self.w.shape[1], self.w.shape[0], bias=self.bias is not None,
                dtype=torch.float64, device="meta",
            )
        else:
            by_side = is_per_side(self.padding, self.w.ndim - 2)
            module = self._convolution(0 if by_side else self.padding)
            if by_side:  # which PyTorch's modules do not know, but its padding does
                x = padded(x, self.padding, self.padding_mode)

        def tensor(array: Array) -> Any:
            return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float64))

        state = {"weight": tensor(self.w)}
        if self.bias is not None:
            state["bias"] = tensor(self.bias)
        module.load_state_dict(state, assign=True)
        with torch.no_grad(), warnings.catch_warnings():
            # 'same' with an even kernel: PyTorch pads a copy, which matters to nobody here.
            warnings.filterwarnings("ignore", message="Using padding='same'")
            y = module(tensor(x)).numpy()
        return y if self.is_float else y.astype(np.int64)

    def _convolution(self, padding: Any) -> Any:
        import torch
        from torch import nn

        kind = nn.Conv1d if self.w.ndim == 3 else nn.Conv2d
        axes = self.w.ndim - 2
        arguments = {
            # Two alike where one was given: as long as the axes, PyTorch's padding modes want them.
            name: tuple(value) * (axes // len(value)) if isinstance(value, list | tuple) else value
            for name, value in (
                ("stride", self.stride), ("padding", padding), ("dilation", self.dilation)
            )
        }
        return kind(
            self.w.shape[1] * self.groups, self.w.shape[0], tuple(self.w.shape[2:]), **arguments,
            groups=self.groups, bias=self.bias is not None, padding_mode=self.padding_mode,
            dtype=torch.float64, device="meta",
        )
