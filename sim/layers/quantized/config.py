"""The array that quantized layers need, where the user does not say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from convolith.model.numbers.fixed_point import bits_of
from convolith.model.options.config import ArrayConfig
from convolith.model.options.lanes import usual_lanes
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.layer import QuantizedLayer

__all__ = ["centred_bits", "model_config", "quantized_config"]

LANES = ("post_lanes", "post_mode", "store_results")


def quantized_config(quantized: QuantizedLayer, given: Mapping[str, Any]) -> ArrayConfig:
    """The array that ``given`` describes; what it does not say is as the layer needs it.

    Half as many lanes as columns, in the mode of the layer's arithmetic; weights as wide as they
    are without their zero points.
    """
    requantization = quantized.arithmetic.requantization
    mode = "tflite"
    if isinstance(requantization, FloatRequantization):
        mode = "int32" if requantization.addend is None else "float32"
    plain = _without_lanes(given)
    needed: dict[str, Any] = {
        "post_lanes": usual_lanes(plain.cols), "post_mode": mode,
        "weight_bits": max(8, centred_bits(quantized)),
    }
    return ArrayConfig(**{**needed, **given})


def model_config(layers: Sequence[QuantizedLayer], given: Mapping[str, Any]) -> ArrayConfig:
    """The same for all layers of a model; results are stored, if they can be."""
    plain = _without_lanes(given)
    lanes = given.get("post_lanes", _storing_lanes(plain))
    given = {"post_lanes": lanes, "store_results": _can_store(plain, lanes), **given}
    needed = [quantized_config(layer, given) for layer in layers]
    modes = {one.post_mode for one in needed}
    return replace(
        needed[0],
        weight_bits=max(one.weight_bits for one in needed),
        post_mode="float32" if "float32" in modes else modes.pop(),
    )


def _without_lanes(given: Mapping[str, Any]) -> ArrayConfig:
    """The array, as far as it does not depend on lanes."""
    return ArrayConfig(**{name: of for name, of in given.items() if name not in LANES})


def _storing_lanes(config: ArrayConfig) -> int:
    """As many as usual, or as can store their results."""
    usual = usual_lanes(config.cols)
    lanes = (n for n in range(usual, 0, -1) if config.cols % n == 0 and _can_store(config, n))
    return next(lanes, usual)


def _can_store(config: ArrayConfig, lanes: int) -> bool:
    if not 0 < lanes <= config.lanes or config.lanes % lanes:
        return False
    return (config.lanes // lanes).bit_count() == 1


def centred_bits(quantized: QuantizedLayer) -> int:
    """Bits of the weights less their zero points."""
    weight = quantized.centred
    return max(bits_of(int(weight.min())), bits_of(int(weight.max())))
