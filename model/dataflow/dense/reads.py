"""The number of activation words that the plain loop nest reads."""

from typing import TYPE_CHECKING

from convolith.model.dataflow.inside import inside
from convolith.model.layer import ConvLayer

if TYPE_CHECKING:
    from convolith.model.dataflow.dense.tiling import DenseTiling

__all__ = ["act_reads"]


def act_reads(tiling: "DenseTiling") -> int:
    """For each output-channel tile, each output pixel reads the words of its taps in the image."""
    layer = tiling.layer
    words = tiling.passes * tiling.row_blocks * tiling.sharing_rows
    return words * layer.N * _taps_inside(layer, 0) * _taps_inside(layer, 1)


def _taps_inside(layer: ConvLayer, axis: int) -> int:
    """The number of taps that are in the image, of all outputs along an axis."""
    extent, outputs = (layer.IX, layer.IY)[axis], (layer.OX, layer.OY)[axis]
    kernel, step = (layer.KX, layer.KY)[axis], layer.dilation[axis]
    first = -layer.padding[axis]
    return sum(
        inside(first + k * step, layer.stride[axis], outputs, extent) for k in range(kernel)
    )
