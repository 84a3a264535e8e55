"""The core's ports."""

from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from convolith.hw.array import sums_layout
from convolith.hw.post.processor import parameters_layout
from convolith.hw.post.stage import results_layout
from convolith.hw.registers import register_layout
from convolith.model.config import ArrayConfig

__all__ = ["ReadPort", "WritePort", "core_ports", "output_ports", "word_bits"]


class ReadPort(wiring.Signature):
    """A synchronous memory's read port, as the core sees it: a word per cycle.

    ``data`` is the word at ``address`` MEMORY_LATENCY (3) cycles later: a block RAM with registers
    at its input and at its output. Without ``en``, ``data`` does not matter, but must not be
    undefined.
    """

    def __init__(self, addr_bits: int, width: int):
        super().__init__({"address": Out(addr_bits), "en": Out(1), "data": In(width)})


class WritePort(wiring.Signature):
    """A write port of a memory in banks, each with a part of a word.

    ``en`` has a bit per bank: that one takes ``data`` at ``address``. Reads from the next cycle on
    see it.
    """

    def __init__(self, addr_bits: int, banks: int, width: int):
        super().__init__({"address": Out(addr_bits), "en": Out(banks), "data": Out(width)})


def word_bits(config: ArrayConfig) -> dict[str, int]:
    """The memories that the core reads: their names, and the widths of their words."""
    widths = {"act": config.act_word_bits, "weight": config.weight_word_bits}
    if config.pack_edges:
        widths["weight_odd"] = config.weight_word_bits
    if config.bias_words:
        widths["bias"] = config.sums_bits
    if config.post_lanes:
        widths["parameters"] = parameters_layout(config).size
    return widths


def output_ports(config: ArrayConfig) -> dict[str, wiring.Member]:
    """What comes out: sums, activations, and that sums are kept."""
    ports = {"o": Out(stream.Signature(sums_layout(config)))}
    if config.post_lanes:
        ports["results"] = Out(stream.Signature(results_layout(config)))
    if config.sum_words:
        ports["kept"] = Out(1)
    return ports


def core_ports(config: ArrayConfig, *, gated: bool = False) -> dict[str, wiring.Member]:
    """All of them; `Core` says what each is."""
    outputs = output_ports(config)
    reads = {
        name: Out(ReadPort(config.addr_bits, width)) for name, width in word_bits(config).items()
    }
    layer = In(stream.Signature(register_layout(config)))
    stores = {}
    if config.store_results:
        width = config.post_lanes * config.act_bits
        stores["store"] = Out(WritePort(config.addr_bits, config.act_banks, width))
    gate = {"lanes_clk": In(1), "lanes_active": Out(1)} if gated else {}
    return {"i_layer": layer, "o": outputs.pop("o"), **reads, **outputs, **stores, **gate}
