"""Formulas of the run-time registers, as text for readers that is also computed.

They say once more, for whoever writes registers without this library, what `register_values` of
each dataflow computes; tests compare the two. They are expressions of Python: ``//`` rounds down,
``ceil`` up, ``gcd`` is the greatest common divisor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, gcd
from typing import Any

from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.shared_words import most_line_delay

__all__ = ["NAMES", "Formulas", "Quantity", "named_values"]

NAMES = {
    "R, C, D, V, L": "the array's rows, columns, products of a PE, lanes of an activation word, "
    "lanes that requantize",
    "G, PX, PY": "for shared words: lane groups, and outputs of a patch along x and y",
    "most_delay": "the most cycles by which weights can be delayed at the end of a patch's line",
    "N": "images",
    "IC, OC": "input and output channels of all groups",
    "groups": "groups of channels",
    "IX, IY": "the input's height and width",
    "KX, KY": "the kernel's height and width",
    "OX, OY": "the output's height and width",
    "stride_x, stride_y, dilation_x, dilation_y": "along the height and the width",
    "padding_x, padding_y": "lines above the input, pixels left of it",
    "act_address, weight_address, bias_address": "where the layer's words begin in each memory",
    "outside": "what the input's lanes hold outside it: 0; where unsigned numbers of B bits are "
    "stored minus 2**(B - 1), the zero point (or 0) minus 2**(B - 1)",
    "has_bias, continues, goes_on": "1 or 0: the layer has a bias; sums that were kept are added; "
    "the sums are kept",
    "zero_point, low, high, offset": "the output's zero point, its least and its greatest integer, "
    "and what is taken from them in the memory: 128 for unsigned bytes, 0 for signed ones",
    "store_address": "the activation memory's word where the results begin",
}
"""The names in formulas, and their meanings. A 1D layer has a height of 1."""


@dataclass(frozen=True)
class Quantity:
    """A number that several formulas need: its formula, and its meaning."""

    formula: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Formulas:
    """The formulas of a dataflow.

    Parameters
    ----------
    quantities : dict of Quantity
        Each may use those before it.
    registers : dict of str
        By name of the register. A register that is not here is 0.
    switch : str
        The register that is 1 in layers of the dataflow; none for the plain loop nest.
    note : str
        What a reader must know besides.
    """

    quantities: Mapping[str, Quantity]
    registers: Mapping[str, str]
    switch: str = ""
    note: str = ""

    def extended(
        self, quantities: Mapping[str, Quantity], registers: Mapping[str, str], *, switch: str,
        note: str = "",
    ) -> "Formulas":
        """The same with others in their places, or beside them; ``switch`` is one of them."""
        return Formulas(
            quantities={**self.quantities, **quantities},
            registers={**self.registers, **registers, switch: "1"},
            switch=switch, note=note,
        )

    def quantity_values(self, names: Mapping[str, int]) -> dict[str, int]:
        """The quantities, from `named_values`."""
        found = dict(names)
        for name, quantity in self.quantities.items():
            found[name] = _computed(quantity.formula, found)
        return {name: found[name] for name in self.quantities}

    def value(self, register: str, names: Mapping[str, int]) -> int:
        """A register, from `named_values`; a negative one is not wrapped yet."""
        if register not in self.registers:
            return 0
        return _computed(self.registers[register], {**names, **self.quantity_values(names)})


def named_values(config: ArrayConfig, layer: ConvLayer, **others: int) -> dict[str, int]:
    """What the names in formulas stand for; ``others``: of those that are not the shape's."""
    (sx, sy), (dx, dy), (px, py) = layer.stride, layer.dilation, layer.padding
    unknown = dict.fromkeys(
        ("act_address", "weight_address", "bias_address", "outside", "has_bias", "continues",
         "goes_on", "zero_point", "low", "high", "offset", "store_address"), 0,
    )
    return {
        **unknown,
        "R": config.rows, "C": config.cols, "D": config.dot, "V": config.lanes,
        "L": config.post_lanes, "G": config.lane_groups,
        "PX": config.patch[0], "PY": config.patch[1], "most_delay": most_line_delay(config),
        "N": layer.N, "IC": layer.IC, "OC": layer.OC, "groups": layer.groups, "dims": layer.dims,
        "IX": layer.IX, "IY": layer.IY, "KX": layer.KX, "KY": layer.KY,
        "OX": layer.OX, "OY": layer.OY,
        "stride_x": sx, "stride_y": sy, "dilation_x": dx, "dilation_y": dy,
        "padding_x": px, "padding_y": py,
        **others,
    }


def _computed(formula: str, names: Mapping[str, int]) -> int:
    """The value of one of our own formulas."""
    own: dict[str, Any] = {
        "__builtins__": {}, "ceil": ceil, "gcd": gcd, "min": min, "max": max, "sum": sum,
        "range": range, **names,
    }
    return int(eval(formula, own))
