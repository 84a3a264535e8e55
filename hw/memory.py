"""The core with on-chip memories of finite depth, loaded through streams."""

from amaranth.hdl import *
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from convolith.hw.array import sums_layout
from convolith.hw.core import Core, ReadPort
from convolith.hw.registers import register_layout
from convolith.model.config import ArrayConfig
from convolith.model.cycles import MEMORY_LATENCY

__all__ = ["CoreWithMemories", "WordMemory", "load_layout"]


def load_layout(config: ArrayConfig, width: int) -> data.StructLayout:
    """One word to be written, and where."""
    return data.StructLayout({"address": config.addr_bits, "word": width})


class WordMemory(wiring.Component):
    """A memory with one write stream and one read port with a register at its output.

    Throughput: a word per cycle each way. Latency: a word written in one cycle can be addressed in
    the next; reads take MEMORY_LATENCY cycles. Reset: the contents stay.

    Members
    -------
    i : stream of load_layout(config, width), always ready
    read : ReadPort
    """

    def __init__(self, config: ArrayConfig, width: int, depth: int):
        self.width, self.depth = width, depth
        super().__init__({
            "i": In(stream.Signature(load_layout(config, width))),
            "read": In(ReadPort(config.addr_bits, width)),
        })  # fmt: skip

    def elaborate(self, platform):
        assert MEMORY_LATENCY == 2, "a synchronous memory and one register"
        m = Module()
        m.submodules.memory = words = memory.Memory(shape=self.width, depth=self.depth, init=[])
        write, read = words.write_port(), words.read_port()
        output = Signal(self.width, reset_less=True)
        m.d.comb += [
            write.addr.eq(self.i.payload.address),
            write.data.eq(self.i.payload.word),
            write.en.eq(self.i.valid),
            self.i.ready.eq(1),
            read.addr.eq(self.read.address),
            read.en.eq(self.read.en),
            self.read.data.eq(output),
        ]
        m.d.sync += output.eq(read.data)
        return m


class CoreWithMemories(wiring.Component):
    """`Core` and its two memories, ``act_words`` and ``weight_words`` deep.

    Loading may go on while a layer runs, into words that it does not use.

    Members
    -------
    i_act, i_weight : stream of load_layout(...), always ready
        A word of V activations, or of C x D weights, and its address.
    i_layer, o : as in `Core`
    """

    def __init__(self, config: ArrayConfig, *, observe: bool = False):
        self.config = config
        self.core = Core(config, observe=observe)
        self.act_memory = WordMemory(config, config.act_word_bits, config.act_words)
        self.weight_memory = WordMemory(config, config.weight_word_bits, config.weight_words)
        super().__init__({
            "i_act": In(self.act_memory.i.signature.flip()),
            "i_weight": In(self.weight_memory.i.signature.flip()),
            "i_layer": In(stream.Signature(register_layout(config))),
            "o": Out(stream.Signature(sums_layout(config))),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = self.core
        m.submodules.act_memory = act = self.act_memory
        m.submodules.weight_memory = weight = self.weight_memory
        connect(m, core.act, act.read)
        connect(m, core.weight, weight.read)
        connect(m, flipped(self.i_act), act.i)
        connect(m, flipped(self.i_weight), weight.i)
        connect(m, flipped(self.i_layer), core.i_layer)
        connect(m, core.o, flipped(self.o))
        return m
