"""The number of activation words that a layer with shared words reads."""

from typing import TYPE_CHECKING

from convolith.model.dataflow.inside import inside

if TYPE_CHECKING:
    from convolith.model.dataflow.shared.tiling import SharedTiling

__all__ = ["act_reads"]


def act_reads(tiling: "SharedTiling") -> int:
    """Each patch reads the words of its lines that are in the image, once for all rows."""
    words = 1
    layer, last_places = tiling.layer, (tiling.lines, tiling.last_columns)
    for axis, places in enumerate((tiling.lines, tiling.columns)):
        phases, step = tiling.phases[axis].count, tiling.steps[axis]
        patch, extent = tiling.patch[axis] * layer.stride[axis], (layer.IX, layer.IY)[axis]
        words *= sum(
            inside(
                phase * layer.dilation[axis] + place * step - layer.padding[axis],
                patch, tiling.patches[axis], extent,
            )
            for phase in range(phases)
            for place in range(places if phase < phases - 1 else last_places[axis])
        )
    return tiling.passes * tiling.layer.N * words
