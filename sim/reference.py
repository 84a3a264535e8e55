"""What PyTorch says."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.layer import ConvLayer

__all__ = ["torch_reference"]

Array = NDArray[Any]


def torch_reference(layer: ConvLayer, x: Array, w: Array, bias: Array | None) -> Array:
    """PyTorch's own convolution of the very arrays: in int64, or in float64 if any is a float.

    Both are exact: integer sums, and float sums of fewer than 53 bits, come out the same in
    whatever order PyTorch adds them.
    """
    # Here, so that `convolith --help` does not wait for it.
    import torch
    from torch.nn import functional

    arrays = [x, w] if bias is None else [x, w, bias]
    floats = any(array.dtype.kind == "f" for array in arrays)
    kind = np.float64 if floats else np.int64
    tensors = [torch.from_numpy(np.ascontiguousarray(array, dtype=kind)) for array in arrays]
    convolve = functional.conv1d if layer.dims == 1 else functional.conv2d
    with torch.no_grad():
        return convolve(*tensors, **layer.torch_arguments()).numpy()
