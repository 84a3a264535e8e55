"""SCALE-Sim's topology files: a layer per line. The input's extents include the padding.

The numbers mean what they mean in SCALE-Sim 3.0.0 (its topology_utils.py).
"""

import re
from collections.abc import Mapping, Sequence

from convolith.model.layer import ConvLayer
from convolith.model.networks.columns import images, plain_name
from convolith.model.networks.notes import Notes
from convolith.model.networks.scalesim import (
    PositionalColumns,
    check_only,
    check_sparsity,
    positive,
)

__all__ = ["DEPTHWISE", "TopologyForm"]

DEPTHWISE = "DP"
"""If a layer's name has this, each channel is its own group, with ``num filter`` outputs."""


def _per_axis(*nouns: str) -> dict[str, tuple[str, ...]]:
    """The names of the two columns of something that has one per axis, with their spellings."""
    return {
        f"{nouns[0]} {axis}": tuple(f"{noun} {a}" for noun in nouns for a in (axis, axis[0]))
        for axis in ("height", "width")
    }


STRIDE_HEIGHT = ("stride height", "stride h")
PLACES: dict[str, tuple[str, ...]] = {
    "layer name": ("layer name", "layer", "layers", "name"),
    **_per_axis("ifmap", "input"),
    **_per_axis("filter", "kernel"),
    "channels": ("channels", "channel", "num channels", "num channel", "input channels"),
    "num filter": ("num filter", "num filters", "number of filters", "filters"),
    "strides": ("strides", "stride", *STRIDE_HEIGHT),
}
BEHIND: dict[str, tuple[str, ...]] = {
    "stride width": ("stride width", "stride w"),
    "batch": ("batch", "batch size"),
    "dilation": ("dilation", "dilations"),
    **_per_axis("dilation"),
    "padding": ("padding", "paddings", "pad"),
    **_per_axis("padding", "pad"),
    "groups": ("groups", "group"),
    "sparsity": ("sparsity", "sparsity ratio"),
}
NAMES = {name for names in (*PLACES.values(), *BEHIND.values()) for name in names}
PADDED = "SCALE-Sim's form, whose input has its padding around it"
UNGROUPED = (
    "SCALE-Sim's form, which has depthwise layers (DP in their names) but no other groups"
)
FEWEST_NAMES = 3
"""A header is of this form from so many known columns on. Others may be misspelt."""


class TopologyForm:
    """The form with a convolution per line."""

    example = (
        "Layer name,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,Num Filter,Strides"
    )

    def fit(self, header: Sequence[str]) -> int:
        """The number of this form's names in a header; 0 with too few columns by position."""
        names = {plain_name(cell) for cell in header}
        known = [place for place, spellings in PLACES.items() if names & set(spellings)]
        return len(names & NAMES) if len(known) >= FEWEST_NAMES else 0

    def columns(self, header: Sequence[str], notes: Notes) -> "TopologyColumns":
        """The columns of a header.

        Raises
        ------
        ValueError
            If a column is missing, or at the position of another one.
        """
        return TopologyColumns(header, notes)


class TopologyColumns(PositionalColumns):
    """The columns of one table."""

    def __init__(self, header: Sequence[str], notes: Notes):
        super().__init__(header, PLACES, BEHIND, notes)
        names = set(self.behind.values())
        eighth = len(PLACES) - 1
        if (plain_name(header[eighth]) in STRIDE_HEIGHT) != ("stride width" in names):
            raise ValueError(
                f"the header must name stride height in column {eighth + 1} and stride width "
                f"behind it, or strides alone"
            )
        for axis, other in (("height", "width"), ("width", "height")):
            if f"dilation {axis}" not in names:
                continue
            if "dilation" in names:
                raise ValueError(f"the header must name dilation or dilation {axis}, not both")
            if f"dilation {other}" not in names:
                raise ValueError(f"the header must name dilation {other} beside dilation {axis}")

    def layer(self, cells: Sequence[str], name: str, batch: int) -> ConvLayer:
        """The layer of a row, with the name ``name``, for ``batch`` images.

        An axis has ceil((ifmap - filter) / stride) + 1 outputs. If the last window does not fit the
        input, the layer's input is larger by as much as the window needs.

        Raises
        ------
        ValueError
            If a cell is missing, a number is not positive, the filter is larger than the input, or
            a cell belongs to no column; and for padding and groups.
        """
        row = self.cells(cells)
        for column in ("padding", "padding height", "padding width"):
            check_only(row, column, 0, PADDED)
        check_only(row, "groups", 1, UNGROUPED)
        x, y = (_axis(row, axis) for axis in ("height", "width"))
        channels, filters = (positive(column, row[column]) for column in ("channels", "num filter"))
        own = positive("batch", row.get("batch", "1"))
        check_sparsity(row.get("sparsity"), name, self.notes)
        depthwise = DEPTHWISE in name
        if depthwise and DEPTHWISE not in re.split("[^A-Za-z0-9]+", name):
            self.notes.add(
                f"{DEPTHWISE} in a name makes a depthwise layer, as SCALE-Sim reads it", name
            )
        return ConvLayer(
            N=images(own, batch), IC=channels, OC=channels * filters if depthwise else filters,
            IX=x["extent"], IY=y["extent"], KX=x["kernel"], KY=y["kernel"],
            stride=(x["stride"], y["stride"]), dilation=(x["dilation"], y["dilation"]),
            groups=channels if depthwise else 1,
        )


def _axis(row: Mapping[str, str], axis: str) -> dict[str, int]:
    """The layer's input extent, kernel, stride and dilation along an axis."""
    columns = {
        "extent": f"ifmap {axis}",
        "kernel": f"filter {axis}",
        "stride": "stride width" if axis == "width" and "stride width" in row else "strides",
    }
    found = {what: positive(column, row[column]) for what, column in columns.items()}
    column = "dilation" if "dilation" in row else f"dilation {axis}"
    found["dilation"] = positive(column, row.get(column, "1"))
    reach = found["dilation"] * (found["kernel"] - 1) + 1
    if reach > found["extent"]:
        dilated = " with its dilation" if found["dilation"] > 1 else ""
        raise ValueError(
            f"filter {axis}{dilated} must be at most ifmap {axis}, {found['extent']}, not {reach}"
        )
    steps = -(-(found["extent"] - reach) // found["stride"])
    return found | {"extent": reach + steps * found["stride"]}
