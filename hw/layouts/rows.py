"""Layouts of what leaves the array: rows of sums, their flags, activations."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.layouts.fields import struct_of
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Stream
from convolith.model.options.units import outputs

__all__ = ["results_layout", "starts_layout", "sums_layout", "tagged", "tagged_layout"]


def sums_layout(config: ArrayConfig) -> data.StructLayout:
    """One row of C sums, and whether it is the layer's last."""
    return output_layout(config, "o")


def results_layout(config: ArrayConfig) -> data.StructLayout:
    """L activations, the lowest channel first, and whether they are the layer's last."""
    return output_layout(config, "results")


def output_layout(config: ArrayConfig, name: str) -> data.StructLayout:
    """The payload of a stream that leaves the core."""
    streams = [output for output in outputs(config) if isinstance(output, Stream)]
    (found,) = [stream for stream in streams if stream.name == name]
    return struct_of(found.fields)


def starts_layout() -> data.StructLayout:
    """What begins with a row of sums: a pass, a tile, the outputs of a lane group.

    A pass is one round over all output pixels.
    """
    return data.StructLayout({"pass_": 1, "tile": 1, "group": 1})


def tagged_layout(config: ArrayConfig) -> data.StructLayout:
    """A row of sums, what begins with it, and whether it is to be requantized.

    ``moves``: its results do not follow those of the row before in the activation memory.
    """
    fields = {"row": sums_layout(config), "starts": starts_layout(), "requantize": 1}
    return data.StructLayout(fields | ({"moves": 1} if config.store_results else {}))


def tagged(config: ArrayConfig, layer, row: Value, starts, flows=()) -> Value:
    """The bits of ``tagged_layout``, as the output FIFO takes them."""
    fields = [row, starts, layer.requantize]
    if config.store_results:
        moves = starts.pass_
        for flow in flows:
            moves = flow.moves(moves, starts)
        fields.append(moves)
    return Cat(*fields)
