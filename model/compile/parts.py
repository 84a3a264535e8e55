"""A layer in pieces by output channels: layers of their own, that can run anywhere."""

from dataclasses import dataclass, replace

from convolith.model.compile.candidates import whole_mapping
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

__all__ = ["Part", "split"]


@dataclass(frozen=True)
class Part:
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


def split(config: ArrayConfig, layer: ConvLayer, count: int) -> list[Part]:
    """``count`` pieces of about equal work, or fewer: no tile is divided, no group among several.

    They take as many cycles as the whole layer, and one fill of the pipeline more for each further
    piece.
    """
    unit = 1  # groups that stay together
    if layer.groups > 1:
        mapping = whole_mapping(config, layer)
        unit = config.lanes if mapping.kind.whole_words else mapping.merge
    units = -(-layer.groups // unit) if layer.groups > 1 else DenseTiling(config, layer).oc_tiles
    count = max(1, min(count, units))
    edges = [units * i // count for i in range(count + 1)]
    pieces = []
    for first, end in zip(edges, edges[1:], strict=False):
        if layer.groups > 1:
            ic, oc = layer.group_IC, layer.group_OC
            first *= unit
            groups = min(end * unit, layer.groups) - first
            part = replace(layer, groups=groups, IC=groups * ic, OC=groups * oc)
            pieces.append(Part(part, first * ic, first * oc))
        else:
            channels = min(end * config.cols, layer.OC) - first * config.cols
            pieces.append(Part(replace(layer, OC=channels), 0, first * config.cols))
    return pieces
