"""What leaves the array: rows of sums, what begins with them, activations."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.layouts.fields import struct_of
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Stream
from convolith.model.options.units import outputs

__all__ = ["results_layout", "starts_layout", "sums_layout", "tagged", "tagged_layout"]


def sums_layout(config: ArrayConfig) -> data.StructLayout:
    """One row of results: C sums, and whether they are the layer's last."""
    return output_layout(config, "o")


def results_layout(config: ArrayConfig) -> data.StructLayout:
    """L activations, the lowest channel first; whether they are the layer's last."""
    return output_layout(config, "results")


def output_layout(config: ArrayConfig, name: str) -> data.StructLayout:
    """The payload of a stream that leaves the core."""
    streams = [output for output in outputs(config) if isinstance(output, Stream)]
    (found,) = [stream for stream in streams if stream.name == name]
    return struct_of(found.fields)


def starts_layout() -> data.StructLayout:
    """What begins with a row of sums: a pass through all pixels, a tile, a lane group's outputs."""
    return data.StructLayout({"pass_": 1, "tile": 1, "group": 1})


def tagged_layout(config: ArrayConfig) -> data.StructLayout:
    """A row of sums, what began with it, and whether it is to be requantized.

    ``moves``: its results are stored elsewhere than behind those of the row before.
    """
    fields = {"row": sums_layout(config), "starts": starts_layout(), "requantize": 1}
    return data.StructLayout(fields | ({"moves": 1} if config.store_results else {}))


def tagged(config: ArrayConfig, layer, row: Value, starts, flows=()) -> Value:
    """Of a row as the output FIFO takes it."""
    fields = [row, starts, layer.requantize]
    if config.store_results:
        moves = starts.pass_
        for flow in flows:
            moves = flow.moves(moves, starts)
        fields.append(moves)
    return Cat(*fields)
