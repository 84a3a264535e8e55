"""The words that a layer reads and writes in each memory."""

from dataclasses import dataclass

from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.post_rows import chunks
from convolith.model.options.units import memories

__all__ = ["Traffic", "port_reads", "traffic"]


@dataclass(frozen=True)
class Traffic:
    """The words of a layer, for each memory.

    ``*_written``: words that are loaded before the layer runs. ``*_read``: words that the array
    takes while it runs: activations without padding, a weight word per beat, each bias word once
    for all rows that have it, and a parameter word for every L sums that are requantized. ``rows``:
    rows of C sums that leave the array.
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
    """The traffic of a layer whose words are all in the memories before it starts.

    An array with lanes requantizes the layer.
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


def port_reads(tiling: Dataflow, *, requantized: bool) -> dict[str, int]:
    """The cycles in which the core reads each memory while the layer runs.

    A bias word is read for each row of the array that has an output, or a part of one.
    """
    reads = {
        "act": tiling.act_reads,
        **tiling.bank_reads,
        "bias": tiling.output_rows * tiling.sharing_rows,
        "parameters": tiling.output_rows * chunks(tiling) if requantized else 0,
    }
    return {name: reads[name] for name in memories(tiling.config)}
