"""PyTorch's quantized engines: which one computes, and whether it computes exactly here."""

import reprlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

__all__ = ["NAMES", "exact_here", "quiet", "resolve", "using"]

NAMES = ("qnnpack", "fbgemm", "x86", "tflite")

MOST_ONEDNN_GROUPS = 100
MOST_PAIR = 32767  # of two products, where a kernel adds them in int16


def resolve(engine: str | None, *, linear: bool, groups: int, symmetric: bool) -> str:
    """The engine whose arithmetic a layer has; None: the one that PyTorch is set to.

    PyTorch's ``x86`` takes onednn's kernel for a convolution on a processor with VNNI, if the
    weight's zero points are 0 and there are at most 100 groups; otherwise fbgemm's.

    Raises
    ------
    ValueError
        For what the array does not compute, or for no engine's name.
    """
    if engine is None:
        import torch

        engine = torch.backends.quantized.engine
    if engine == "onednn":
        raise ValueError(
            f"the engine must be one of {', '.join(NAMES)}, not 'onednn': it multiplies three "
            "times, and the array once"
        )
    if engine not in NAMES:
        names = ", ".join(NAMES)
        raise ValueError(f"the engine must be one of {names}, not {reprlib.repr(engine)}")
    if engine != "x86":
        return engine
    if not linear and symmetric and groups <= MOST_ONEDNN_GROUPS and has_vnni():
        raise ValueError(
            "the engine must be qnnpack or fbgemm on this machine, not 'x86': for this layer it "
            "uses onednn, which multiplies three times, and the array once"
        )
    return "fbgemm"


def has_vnni() -> bool:
    """As PyTorch sees it; True if it does not say."""
    import torch

    found = getattr(torch.cpu, "_is_vnni_supported", lambda: True)
    return bool(found())


@contextmanager
def using(engine: str) -> Iterator[None]:
    """PyTorch packs weights for this engine.

    Raises
    ------
    ValueError
        If PyTorch has not been built with it.
    """
    import torch

    quantized = torch.backends.quantized
    if engine not in quantized.supported_engines:
        names = ", ".join(name for name in quantized.supported_engines if name != "none")
        raise ValueError(f"the engine must be one that PyTorch has here, {names}, not {engine!r}")
    before = quantized.engine
    quantized.engine = engine
    try:
        yield
    finally:
        quantized.engine = before


@contextmanager
def quiet() -> Iterator[None]:
    """PyTorch says that quantized types will go; the versions that we allow have them."""
    with warnings.catch_warnings(action="ignore"):
        yield


def exact_here(engine: str, x: np.ndarray, w: np.ndarray) -> bool:
    """Whether no sum of an engine saturates on this machine, for such numbers (uint8, int8).

    Without VNNI fbgemm adds products in pairs, in int16.
    """
    return not saturates(engine) or int(x.max()) * int(np.abs(w).max()) * 2 <= MOST_PAIR


@cache
def saturates(engine: str) -> bool:
    """Sums of the greatest operands are wrong."""
    import torch
    from torch.ao.nn import quantized

    channels = 16
    with quiet(), using(engine):
        module: Any = quantized.Conv2d(channels, 1, 1)
        weight = torch.full((1, channels, 1, 1), 127.0)
        module.set_weight_bias(torch.quantize_per_tensor(weight, 1.0, 0, torch.qint8), None)
        module.scale, module.zero_point = 4096.0, 0
        x = torch.quantize_per_tensor(torch.full((1, channels, 4, 4), 255.0), 1.0, 0, torch.quint8)
        given = module(x).int_repr()
    return bool((given != round(255 * 127 * channels / 4096)).any())
