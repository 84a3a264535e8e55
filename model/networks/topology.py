"""SCALE-Sim's topology files: a layer per line, its input with the padding already around it.

What the numbers mean is as SCALE-Sim 3.0.0 reads them (its topology_utils.py).
"""

from collections.abc import Mapping, Sequence

from convolith.model.checks import check_int
from convolith.model.layer import ConvLayer

__all__ = ["COLUMNS", "DEPTHWISE", "is_topology", "topology_header", "topology_layer"]

COLUMNS = (
    "layer name", "ifmap height", "ifmap width", "filter height", "filter width", "channels",
    "num filter", "strides",
)  # fmt: skip
"""The header's columns, in lower case; others may stand beside them."""

DEPTHWISE = "DP"
"""In a layer's name: each channel is a group of its own, with ``num filter`` outputs."""


def is_topology(header: Sequence[str]) -> bool:
    """It is the header of such a file."""
    return any("ifmap" in cell.lower() for cell in header)


def topology_header(header: Sequence[str]) -> list[str]:
    """The columns' names as COLUMNS has them."""
    names = [" ".join(cell.lower().replace("_", " ").split()) for cell in header]
    return ["strides" if name == "stride" else name for name in names]


def topology_layer(number: Mapping[str, int], batch: int, name: str) -> ConvLayer:
    """A line's layer.

    There are ceil((ifmap - filter) / stride) + 1 outputs per axis: where the last window does not
    fit, the input is taken to be so much larger.

    Raises
    ------
    ValueError
        If a number is not positive, or the filter larger than the input.
    """
    for column, value in number.items():
        check_int(column, value, 1)
    stride, extent = number["strides"], {}
    for axis in ("height", "width"):
        ifmap, kernel = number[f"ifmap {axis}"], number[f"filter {axis}"]
        if kernel > ifmap:
            raise ValueError(f"filter {axis} must be at most ifmap {axis}, {ifmap}, not {kernel}")
        extent[axis] = kernel + -(-(ifmap - kernel) // stride) * stride
    channels, filters = number["channels"], number["num filter"]
    depthwise = DEPTHWISE in name
    return ConvLayer(
        N=batch, IC=channels, OC=channels * filters if depthwise else filters,
        IX=extent["height"], IY=extent["width"],
        KX=number["filter height"], KY=number["filter width"],
        stride=(stride, stride), groups=channels if depthwise else 1,
    )  # fmt: skip
