"""Random quantized layers: bytes, scales and zero points that PyTorch's modules can have."""

from typing import Any

import numpy as np

from convolith.model.options.config import ArrayConfig
from convolith.sim.layers.case import Case

__all__ = ["quantized_case"]

ENGINES = {"int32": ("qnnpack",), "float32": ("fbgemm", "qnnpack"), "tflite": ("tflite",)}
"""The engines that the lanes of each mode can compute."""


def quantized_case(
    config: ArrayConfig,
    x_shape: tuple[int, ...],
    w_shape: tuple[int, ...],
    arguments: dict[str, Any],
    *,
    biased: bool,
    seed: int,
    before: dict[str, Any] | None = None,
) -> Case:
    """A quantized case with random tensors.

    The weights are small enough for PyTorch's kernels to be exact in about half of the cases. The
    output's scale puts most outputs between the least and the greatest. ``before``: the output of
    the layer before, which is this one's input.
    """
    rng = np.random.default_rng(seed)
    engine = str(rng.choice(ENGINES[config.post_mode]))
    signed = engine == "tflite" and bool(rng.integers(2))
    low = -128 if signed else 0
    channels, most = w_shape[0], int(rng.choice((60, 127)))
    scale = rng.uniform(0.001, 0.1, channels)
    zero_point = rng.integers(-40, 40, channels) * int(rng.integers(2))
    per_channel = bool(rng.integers(2))
    if not per_channel:
        scale, zero_point = scale[:1], zero_point[:1]
    given = {
        "scale": float(rng.uniform(0.001, 0.1)), "zero_point": int(rng.integers(low, low + 256)),
        "signed": signed,
    }
    if before:
        given = {name: before[name] for name in given}
    input_scale = given["scale"]
    spread = input_scale * scale.mean() * 60 * most * np.prod(w_shape[1:]) ** 0.5
    bias = rng.normal(0, spread / 2, channels).astype(np.float32) if biased else None
    quantized = {
        "engine": engine,
        "input": given,
        "weight": {"scale": scale.tolist() if per_channel else scale[0],
                   "zero_point": zero_point.tolist() if per_channel else int(zero_point[0])},
        "output": {"scale": float(spread / rng.uniform(20, 80)), "signed": signed,
                   "zero_point": int(rng.integers(low, low + 256)), "relu": bool(rng.integers(2))},
    }
    return Case(
        config=config,
        x=rng.integers(low, low + 256, x_shape).astype(np.int8 if signed else np.uint8),
        w=rng.integers(-most, most + 1, w_shape).astype(np.int8),
        bias=bias,
        arguments=arguments,
        quantized=quantized,
    )
