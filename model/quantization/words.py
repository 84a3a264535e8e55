"""The parameters of requantization in the form that the lanes read: memory words."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.numbers.packing import pack_records, unpack_records
from convolith.model.options.config import ArrayConfig
from convolith.model.options.lanes import ADDEND_FRACTION, MOST_LEFT, parameter_fields
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.onednn import StepwiseRequantization
from convolith.model.quantization.output import Output
from convolith.model.quantization.tflite import IntegerRequantization

__all__ = [
    "Requantization",
    "parameter_values",
    "parameter_words",
    "requantization",
]

Requantization = FloatRequantization | IntegerRequantization

MOST_MULTIPLIER = 64.0


def parameter_values(
    config: ArrayConfig, requantization: Requantization | StepwiseRequantization
) -> Mapping[str, Ints]:
    """For each field of a lane's parameters its values, (OC,), as unsigned integers of its width.

    Raises
    ------
    ValueError
        For a requantization that the array's mode cannot compute.
    """
    mode = config.post_mode
    if isinstance(requantization, StepwiseRequantization):
        raise ValueError(f"the engine must not be onednn for lanes, which multiply once ({mode})")
    if isinstance(requantization, IntegerRequantization) != (mode == "tflite"):
        what = "shifts" if mode != "tflite" else "float32 multipliers"
        needed = "tflite" if mode != "tflite" else "int32 or float32"
        raise ValueError(f"post_mode must be {needed} for {what}, not {mode}")
    if isinstance(requantization, IntegerRequantization):
        return _integer(requantization)
    values = {"multiplier": requantization.multiplier.view(np.int32).astype(np.int64)}
    if mode == "float32":
        values["addend"] = _addend(requantization)
    elif requantization.addend is not None:
        raise ValueError(f"post_mode must be float32 for a bias that is a float32, not {mode}")
    return values


def _addend(requantization: FloatRequantization) -> Ints:
    if requantization.addend is None:
        return np.zeros(requantization.channels, dtype=np.int64)
    if (requantization.multiplier >= MOST_MULTIPLIER).any():
        raise ValueError(
            f"input * weight / output of the scales must be less than {MOST_MULTIPLIER:g} where "
            f"the lanes add the bias, not {requantization.multiplier.max()}"
        )
    steps = requantization.addend * 2.0**ADDEND_FRACTION  # exact
    whole = np.floor(steps)
    return whole.astype(np.int64) | (steps != whole)


def _integer(requantization: IntegerRequantization) -> dict[str, Ints]:
    multiplier, shift = requantization.multiplier, requantization.shift
    if (shift > MOST_LEFT).any():
        raise ValueError(
            f"the lanes shift to the left by at most {MOST_LEFT}, not by {shift.max()}: "
            f"input * weight / output of the scales must be less than {1 << MOST_LEFT}"
        )
    return {"multiplier": multiplier << np.maximum(shift, 0), "right": np.maximum(-shift, 0)}


def parameter_words(
    config: ArrayConfig, values: Mapping[str, Ints], rows: Callable[[Ints], Ints]
) -> NDArray[np.uint8]:
    """Memory words of L lanes, (words, bytes), from values of channels, (OC,).

    ``rows`` lays values out in the order of a bias, (OC,) to (rows, C). A row of C channels has
    C / L words, the lowest channels first.
    """
    laid = {name: rows(of) for name, of in values.items()}  # each (rows, C)
    return pack_records(parameter_fields(config), laid, config.post_lanes)


def requantization(config: ArrayConfig, words: NDArray[np.uint8], output: Output) -> Requantization:
    """The requantization of the channels in some parameter words: the inverse of packing them."""
    values = unpack_records(parameter_fields(config), words, config.post_lanes)
    if "right" in values:
        return IntegerRequantization(
            multiplier=values["multiplier"], shift=-values["right"], output=output
        )
    addend = None
    if "addend" in values:
        addend = values["addend"].astype(np.float64) * 2.0**-ADDEND_FRACTION
    multiplier = values["multiplier"].astype(np.int32).view(np.float32)
    return FloatRequantization(multiplier=multiplier, output=output, addend=addend)
