"""What a layer reads and writes: words of each memory."""

from dataclasses import dataclass

from convolith.model.depthwise import AnyTiling, DepthwiseTiling
from convolith.model.layer import ConvLayer
from convolith.model.packed import PackedTiling
from convolith.model.paired import PairedTiling
from convolith.model.post_rows import chunks

__all__ = ["Traffic", "traffic"]


@dataclass(frozen=True)
class Traffic:
    """Words of a layer, by memory.

    ``*_written``: what is loaded before the layer runs. ``*_read``: what the array takes while it
    runs: activations that are not padding, a weight word per beat, a bias word for all rows that
    have the same, and the parameters of each L sums that are requantized. (In cycles in which it
    takes none, a port may ask once more for its last word.) ``rows``: of C sums that leave the
    array.
    """

    act_written: int
    act_read: int
    weight_written: int
    weight_read: int
    bias_written: int
    bias_read: int
    parameters_written: int
    parameters_read: int
    rows: int


def traffic(tiling: AnyTiling) -> Traffic:
    """Of a layer whose words are all in the memories before it begins.

    With lanes it is requantized.
    """
    twice = tiling.crossings if isinstance(tiling, PackedTiling) else 0  # from both banks
    if isinstance(tiling, PairedTiling) or (
        isinstance(tiling, DepthwiseTiling) and tiling.config.odd_groups
    ):
        twice = tiling.tiles
    bias = tiling.bias_words if tiling.config.bias_words else 0
    return Traffic(
        act_written=tiling.act_words,
        act_read=_reads(tiling),
        weight_written=tiling.weight_words,
        weight_read=(tiling.tiles + twice) * tiling.pass_weights,
        bias_written=bias,
        bias_read=bias,
        parameters_written=tiling.bias_words * tiling.config.chunks,
        parameters_read=tiling.output_rows * chunks(tiling) if tiling.config.chunks else 0,
        rows=tiling.output_rows,
    )


def _reads(tiling: AnyTiling) -> int:
    """Each pixel of each output-channel tile reads its taps' words, where they are in the image."""
    if isinstance(tiling, DepthwiseTiling):
        return _shared_reads(tiling)
    layer = tiling.layer
    words = tiling.passes * tiling.row_blocks * (2 if isinstance(tiling, PairedTiling) else 1)
    return words * layer.N * _taps_inside(layer, 0) * _taps_inside(layer, 1)


def _taps_inside(layer: ConvLayer, axis: int) -> int:
    """Along an axis: of all outputs' taps, those that are in the image."""
    extent, outputs = (layer.IX, layer.IY)[axis], (layer.OX, layer.OY)[axis]
    kernel, step = (layer.KX, layer.KY)[axis], layer.dilation[axis]
    first = -layer.padding[axis]
    return sum(
        0 <= first + o * layer.stride[axis] + k * step < extent
        for o in range(outputs)
        for k in range(kernel)
    )


def _shared_reads(tiling: DepthwiseTiling) -> int:
    """Each patch reads its lines' words, once for all rows, where they are in the image."""
    inside = 1
    for axis, places in enumerate((tiling.lines, tiling.columns)):
        layer, phases = tiling.layer, tiling.phases[axis]
        stride, extent = layer.stride[axis], (layer.IX, layer.IY)[axis]
        inside *= sum(
            0 <= patch * tiling.patch[axis] * stride - layer.padding[axis]
            + phase * layer.dilation[axis] + place * stride < extent
            for patch in range(tiling.patches[axis])
            for phase in range(phases.count)
            for place in range(places)
        )  # fmt: skip
    return tiling.passes * tiling.layer.N * inside
