"""What a layer reads and writes: words of each memory."""

from dataclasses import dataclass

from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.post_rows import chunks
from convolith.model.options.units import memories

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


def traffic(tiling: Dataflow) -> Traffic:
    """Of a layer whose words are all in the memories before it begins.

    With lanes it is requantized.
    """
    bias = tiling.bias_words if "bias" in memories(tiling.config) else 0
    return Traffic(
        act_written=tiling.act_words,
        act_read=tiling.act_reads,
        weight_written=tiling.weight_words,
        weight_read=(tiling.tiles + tiling.double_tiles) * tiling.pass_weights,
        bias_written=bias,
        bias_read=bias,
        parameters_written=tiling.bias_words * tiling.config.chunks,
        parameters_read=tiling.output_rows * chunks(tiling),
        rows=tiling.output_rows,
    )
