"""The run-time registers: a layer's shape, as the core takes it."""

from amaranth.lib import data

from convolith.hw.layouts.fields import struct_of
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers

__all__ = ["register_layout"]


def register_layout(config: ArrayConfig) -> data.StructLayout:
    """The payload of the core's ``i_layer`` stream.

    `model.options` says what each field means, and `model.compile.registers` computes its value.
    """
    return struct_of(registers(config))
