"""A linear layer as a convolution: 1x1, its rows of input a batch of single pixels."""

from typing import Any

from convolith.model.arrays import Array

__all__ = ["as_convolution"]

_DEFAULTS = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros"}


def as_convolution(x: Array, w: Array, **arguments: Any) -> tuple[Array, Array]:
    """Input (..., in) and weight (out, in) as (N, in, 1) and (out, in, 1).

    Raises
    ------
    ValueError
        If the shapes do not go together, or for arguments that linear layers do not have.
    """
    for name, value in arguments.items():
        values = set(value) if isinstance(value, list | tuple) else {value}
        if values != {_DEFAULTS[name]}:
            raise ValueError(
                f"{name} must be {_DEFAULTS[name]} for a weight of 2 axes, a linear layer's, "
                f"not {value}"
            )
    if not x.ndim or x.shape[-1] != w.shape[1]:
        raise ValueError(
            f"the input's last axis must be the weight's, {w.shape[1]}, "
            f"not {x.shape[-1] if x.ndim else 'missing'}"
        )
    if 0 in w.shape:
        raise ValueError(f"the weight must not be empty, but its shape is {w.shape}")
    return x.reshape(-1, w.shape[1], 1), w[:, :, None]
