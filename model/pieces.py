"""A layer in pieces by output channels: layers of their own, that can run anywhere."""

from dataclasses import dataclass, replace

from convolith.model.layer import ConvLayer
from convolith.model.tiling import Tiling

__all__ = ["Piece", "split"]


@dataclass(frozen=True)
class Piece:
    """Some of a layer's output channels, and the input channels that these need."""

    layer: ConvLayer
    first_ic: int = 0
    first_oc: int = 0

    @property
    def input_channels(self) -> slice:
        """Of the whole layer's input."""
        return slice(self.first_ic, self.first_ic + self.layer.IC)

    @property
    def output_channels(self) -> slice:
        """Of the whole layer's weight and output."""
        return slice(self.first_oc, self.first_oc + self.layer.OC)


def split(tiling: Tiling, count: int) -> list[Piece]:
    """``count`` pieces of equal work, or fewer: no tile, and no group among several, is divided.

    They take as many cycles as the whole layer, and one fill of the pipeline more for each further
    piece.
    """
    layer, cols = tiling.layer, tiling.config.cols
    units = layer.groups if layer.groups > 1 else tiling.oc_tiles
    count = max(1, min(count, units))
    edges = [units * i // count for i in range(count + 1)]
    pieces = []
    for first, end in zip(edges, edges[1:], strict=False):
        if layer.groups > 1:
            ic, oc = layer.group_IC, layer.group_OC
            part = replace(layer, groups=end - first, IC=(end - first) * ic, OC=(end - first) * oc)
            pieces.append(Piece(part, first * ic, first * oc))
        else:
            channels = min(end * cols, layer.OC) - first * cols
            pieces.append(Piece(replace(layer, OC=channels), 0, first * cols))
    return pieces
