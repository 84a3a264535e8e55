"""The core's ports."""

from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from convolith.hw.layouts.fields import struct_of
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Flag, Stream
from convolith.model.options.units import memories, outputs, write_ports

__all__ = ["ReadPort", "WritePort", "core_ports", "output_ports"]


class ReadPort(wiring.Signature):
    """A synchronous memory's read port, as the core sees it: a word per cycle.

    ``data`` is the word at ``address``, MEMORY_LATENCY (3) cycles later: a block RAM with registers
    at its input and at its output. Without ``en``, ``data`` may have any value but must not be
    undefined.
    """

    def __init__(self, addr_bits: int, width: int):
        super().__init__({"address": Out(addr_bits), "en": Out(1), "data": In(width)})


class WritePort(wiring.Signature):
    """A write port of a memory in banks, each with a part of a word.

    ``en`` has a bit per bank: a bank whose bit is 1 writes ``data`` at ``address``. A read sees the
    new word from the next cycle on.
    """

    def __init__(self, addr_bits: int, banks: int, width: int):
        super().__init__({"address": Out(addr_bits), "en": Out(banks), "data": Out(width)})


def output_ports(config: ArrayConfig) -> dict[str, wiring.Member]:
    """The outputs of the core: streams and flags."""
    return {output.name: Out(_output_shape(output)) for output in outputs(config)}


def _output_shape(output: Stream | Flag) -> stream.Signature | int:
    return stream.Signature(struct_of(output.fields)) if isinstance(output, Stream) else 1


def core_ports(config: ArrayConfig, *, gated: bool = False) -> dict[str, wiring.Member]:
    """All ports of the core; `Core` explains them."""
    leaves = output_ports(config)
    layer = In(stream.Signature(register_layout(config)))
    reads = {
        memory.name: Out(ReadPort(config.addr_bits, memory.word_bits))
        for memory in memories(config).values()
    }
    writes = {
        port.name: Out(WritePort(config.addr_bits, port.banks, port.bits))
        for port in write_ports(config)
    }
    gate = {"lanes_clk": In(1), "lanes_active": Out(1)} if gated else {}
    return {"i_layer": layer, "o": leaves.pop("o"), **reads, **leaves, **writes, **gate}
