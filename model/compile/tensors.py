"""A layer's tensors, in integers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from convolith.model.arrays import Ints
from convolith.model.quantization.output import Output

__all__ = ["Tensors"]


@dataclass(frozen=True, kw_only=True)
class Tensors:
    """A layer's tensors as the array takes them.

    Parameters
    ----------
    x : integer array, (N, IC, IX, IY)
    w : integer array, (OC, IC / groups, KX, KY)
    bias : int64 array, (OC,), optional
        What is added to the sums.
    padding_value : int
        What lies outside the input.
    output : Output, optional
        The sums are requantized.
    parameters : dict of int64 array, (OC,)
        With what (`parameter_values`).
    """

    x: Ints
    w: Ints
    bias: Ints | None = None
    padding_value: int = 0
    output: Output | None = None
    parameters: Mapping[str, Ints] = field(default_factory=dict)
