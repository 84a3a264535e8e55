"""The ports of the core with memories, in the order of the columns of a table."""

from dataclasses import dataclass

from convolith.hw.layouts.fields import struct_of
from convolith.hw.layouts.registers import register_layout
from convolith.hw.memory import write_layout
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Flag, Stream
from convolith.model.options.units import memories, outputs

__all__ = ["Port", "input_ports", "output_ports"]


@dataclass(frozen=True)
class Port:
    """A port, and how many bits it has."""

    name: str
    bits: int


def input_ports(config: ArrayConfig) -> tuple[Port, ...]:
    """All inputs but the clock."""
    found = [Port("rst", 1)]
    for memory in memories(config).values():
        bits = write_layout(config, memory.word_bits).size
        found += _stream(f"i_{memory.name}", bits)
    found += _stream("i_layer", register_layout(config).size)
    streams = [output for output in outputs(config) if isinstance(output, Stream)]
    return (*found, *(Port(f"{stream.name}__ready", 1) for stream in streams))


def output_ports(config: ArrayConfig) -> tuple[Port, ...]:
    """All outputs."""
    found = [Port(f"i_{name}__ready", 1) for name in (*memories(config), "layer")]
    for output in outputs(config):
        if isinstance(output, Flag):
            found.append(Port(output.name, 1))
        else:
            found += _stream(output.name, struct_of(output.fields).size)
    return tuple(found)


def _stream(name: str, bits: int) -> tuple[Port, Port]:
    return Port(f"{name}__valid", 1), Port(f"{name}__payload", bits)
