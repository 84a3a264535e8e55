"""What PyTorch says."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reference"]

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A convolution or linear layer with the user's own tensors and arguments, for PyTorch.

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
    def is_float(self) -> bool:
        """Some tensor holds floats."""
        tensors = (self.x, self.w, self.bias)
        return any(t is not None and t.dtype.kind == "f" for t in tensors)

    def output(self) -> Array:
        """PyTorch's result: int64, or float64 if any tensor is a float."""
        # Here, so that `convolith --help` does not wait for it.
        import torch
        from torch import nn

        if self.w.ndim == 2:
            module: nn.Module = nn.Linear(
                self.w.shape[1], self.w.shape[0], bias=self.bias is not None,
                dtype=torch.float64, device="meta",
            )  # fmt: skip
        else:
            module = self._convolution()

        def tensor(array: Array) -> Any:
            return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float64))

        state = {"weight": tensor(self.w)}
        if self.bias is not None:
            state["bias"] = tensor(self.bias)
        module.load_state_dict(state, assign=True)
        with torch.no_grad(), warnings.catch_warnings():
            # 'same' with an even kernel: PyTorch pads a copy, which matters to nobody here.
            warnings.filterwarnings("ignore", message="Using padding='same'")
            y = module(tensor(self.x)).numpy()
        return y if self.is_float else y.astype(np.int64)

    def _convolution(self) -> Any:
        import torch
        from torch import nn

        kind = nn.Conv1d if self.x.ndim == 3 else nn.Conv2d
        axes = self.x.ndim - 2
        arguments = {
            # Two alike where one was given: as long as the axes, PyTorch's padding modes want them.
            name: tuple(value) * (axes // len(value)) if isinstance(value, list | tuple) else value
            for name, value in (
                ("stride", self.stride), ("padding", self.padding), ("dilation", self.dilation)
            )
        }  # fmt: skip
        return kind(
            self.x.shape[1], self.w.shape[0], tuple(self.w.shape[2:]), **arguments,
            groups=self.groups, bias=self.bias is not None, padding_mode=self.padding_mode,
            dtype=torch.float64, device="meta",
        )  # fmt: skip
