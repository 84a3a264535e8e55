"""The number of activation words that a layer with shared words reads."""

from typing import TYPE_CHECKING

from convolith.model.dataflow.inside import inside

if TYPE_CHECKING:
    from convolith.model.dataflow.shared.tiling import SharedTiling

__all__ = ["act_reads"]


def act_reads(tiling: "SharedTiling") -> int:
    """Each patch reads the words of its lines that are in the image, once for all rows."""
    words = 1
    for axis, places in enumerate((tiling.lines, tiling.columns)):
        layer, phases = tiling.layer, tiling.phases[axis]
        stride, extent = layer.stride[axis], (layer.IX, layer.IY)[axis]
        patch = tiling.patch[axis] * stride
        words *= sum(
            inside(
                phase * layer.dilation[axis] + place * stride - layer.padding[axis],
                patch, tiling.patches[axis], extent,
            )
            for phase in range(phases.count)
            for place in range(places)
        )
    return tiling.passes * tiling.layer.N * words
