"""A quantized layer's scales, zero points and engine as JSON.

    {"engine": "qnnpack",
     "input": {"scale": 0.02, "zero_point": 128},
     "weight": {"scale": [0.01, 0.012], "zero_point": 0},
     "output": {"scale": 0.05, "zero_point": 100, "relu": true}}

A weight has one scale, or one per output channel, and zero points likewise. ``"signed": true`` at
input or output: from -128 to 127 instead of 0 to 255.
"""

import json
import reprlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.quantization.layer import QuantizedLayer
from convolith.model.quantization.output import Output
from convolith.model.quantization.scales import Scales
from convolith.sim.layers.quantized.engine import resolve

__all__ = ["described_layer", "load_description"]

KEYS = {
    "input": ({"scale", "zero_point"}, {"signed"}),
    "weight": ({"scale"}, {"zero_point"}),
    "output": ({"scale", "zero_point"}, {"signed", "relu"}),
}
"""Per part what it must have, and what it may have."""

MOST_ZERO_POINT = 255


def load_description(path: Path) -> dict[str, Any]:
    """A file's content.

    Raises
    ------
    ValueError
        If it cannot be read, or is no JSON object.
    """
    try:
        content = json.loads(path.read_bytes(), object_pairs_hook=_once)
    except _Repeated as error:
        raise ValueError(f"the quantization must name {error} once, not twice as {path}") from None
    except OSError as error:
        raise ValueError(
            f"the quantization cannot be read from {path}: {error.strerror or error}"
        ) from None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ValueError(f"the quantization must be a JSON object, which {path} is not")
    return content


class _Repeated(Exception):
    """A key is there twice: JSON itself would take the last one."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Repeated(key)
        found[key] = value
    return found


def described_layer(
    description: dict[str, Any],
    w: NDArray[Any],
    bias: NDArray[Any] | None,
    *,
    groups: int = 1,
) -> QuantizedLayer:
    """The layer of such a description, with its weight and bias.

    Integers as a bias are in steps of a sum, which only the engine tflite has.

    Raises
    ------
    TypeError, ValueError
        Naming the part that is missing, unknown or out of range.
    """
    _check_keys("the quantization", description, set(KEYS), {"engine"})
    parts = {}
    for name, (needed, more) in KEYS.items():
        part = parts[name] = description[name]
        if not isinstance(part, dict):
            raise TypeError(f"{name} of the quantization must be an object, not {_shown(part)}")
        _check_keys(f"{name} of the quantization", part, needed, more)
    given, weight, output = parts["input"], parts["weight"], parts["output"]
    if w.dtype.kind not in "iu":
        raise TypeError(f"the weight of a quantized layer must be of integers, not {w.dtype}")
    if w.ndim not in (2, 3, 4):
        raise ValueError(f"the weight must have 2, 3 or 4 axes, not {w.ndim}")
    channels = len(w)
    scale = _numbers("the weight's scale", weight["scale"], channels)
    zero_point = _numbers("the weight's zero point", weight.get("zero_point", 0), channels)
    if (broken := zero_point != np.rint(zero_point)).any():
        raise TypeError(f"the weight's zero points must be integers, not {zero_point[broken][0]}")
    if (far := np.abs(zero_point) > MOST_ZERO_POINT).any():
        raise ValueError(f"the weight's zero point must be a byte, not {zero_point[far][0]:g}")
    engine = resolve(
        description.get("engine"), linear=w.ndim == 2, groups=groups,
        symmetric=not zero_point.any(),
    )
    signed = [_flag(name, parts[name], "signed") for name in ("input", "output")]
    if engine != "tflite" and any(signed):
        raise ValueError(f"signed must be false for the engine {engine}, whose inputs are quint8")
    scales = Scales(
        input=_number("the input's scale", given["scale"]), weight=scale,
        output=_number("the output's scale", output["scale"]),
        per_channel=isinstance(weight["scale"], list),
    )
    return QuantizedLayer(
        weight=w.astype(np.int64),
        weight_zero_point=zero_point.astype(np.int64),
        input_zero_point=given["zero_point"],
        input_signed=signed[0],
        bias=None if bias is None else _bias(bias, scales, engine),
        scales=scales,
        output=Output(
            zero_point=output["zero_point"], signed=signed[1], relu=_flag("output", output, "relu")
        ),
        engine=engine,
    )


def _bias(bias: NDArray[Any], scales: Scales, engine: str) -> NDArray[np.floating]:
    if bias.shape != scales.weight.shape:
        raise ValueError(
            f"the bias must have the shape ({scales.channels},), one value per output channel, "
            f"not {bias.shape}"
        )
    if bias.dtype.kind == "f":
        return bias.astype(np.float32)
    if engine != "tflite":
        raise TypeError(f"the bias must be of floats for the engine {engine}, not {bias.dtype}")
    return bias * (np.float64(scales.input) * scales.weight)


def _check_keys(what: str, found: dict[str, Any], needed: set[str], more: set[str]) -> None:
    if missing := sorted(needed - set(found)):
        raise ValueError(f"{what} must have {', '.join(sorted(needed))}, but lacks {missing[0]}")
    if unknown := sorted(set(found) - needed - more):
        raise ValueError(
            f"{what} can have {', '.join(sorted(needed | more))}, but not {_shown(unknown[0])}"
        )


def _numbers(what: str, value: Any, channels: int) -> NDArray[np.float64]:
    """One for all channels, or one each."""
    values = value if isinstance(value, list) else [value] * channels
    numbers = [_number(what, one) for one in values]
    if len(numbers) != channels:
        raise ValueError(
            f"{what} must be one number, or one per output channel, {channels}, not {len(numbers)}"
        )
    return np.array(numbers, dtype=np.float64)


def _number(what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{what} must be a number, not {_shown(value)}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{what} must be less than 2**1024, not {str(value)[:9]}...") from None


def _flag(part: str, found: dict[str, Any], name: str) -> bool:
    value = found.get(name, False)
    if not isinstance(value, bool):
        raise TypeError(f"{name} of the {part} must be true or false, not {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    """What the file has, in a few letters."""
    return reprlib.repr(value)
