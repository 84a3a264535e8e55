"""The core with on-chip memories of finite depth, loaded through streams."""

from amaranth.hdl import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from convolith.hw.array import sums_layout
from convolith.hw.core import Core
from convolith.hw.ecp5 import is_ecp5
from convolith.hw.ecp5.block_memory import MOST_WORDS, BlockMemory
from convolith.hw.registers import register_layout
from convolith.model.config import ArrayConfig
from convolith.model.cycles import MEMORY_LATENCY

__all__ = ["CoreWithMemories", "WordMemory", "load_layout"]


def load_layout(config: ArrayConfig, width: int) -> data.StructLayout:
    """One word to be written, and where."""
    return data.StructLayout({"address": config.addr_bits, "word": width})


class WordMemory(Elaboratable):
    """A memory with one write stream, one read port, and registers on every side.

    Throughput: a word per cycle each way. Latency: a word written in one cycle can be addressed in
    the next; reads take MEMORY_LATENCY cycles. Reset: the contents stay.

    Parameters
    ----------
    depth : int
        Words.
    i : stream of load_layout(config, width), always ready
    read : ReadPort
        The core's side of it.
    """

    def __init__(self, depth: int, i, read):
        self.depth, self.i, self.read = depth, i, read

    def elaborate(self, platform):
        assert MEMORY_LATENCY == 3, "a register, a synchronous memory and a register"
        m = Module()
        m.d.comb += self.i.ready.eq(1)
        if is_ecp5(platform) and self.depth <= MOST_WORDS:
            m.submodules.memory = BlockMemory(
                self.depth,
                write_enable=self.i.valid, write_address=self.i.payload.address,
                write_data=self.i.payload.word,
                read_address=self.read.address, read_data=self.read.data,
            )  # fmt: skip
            return m
        width = len(self.read.data)
        m.submodules.memory = words = Memory(shape=width, depth=self.depth, init=[])
        write, read = words.write_port(), words.read_port()
        output = Signal(width, reset_less=True)
        m.d.sync += [
            write.addr.eq(self.i.payload.address),
            write.data.eq(self.i.payload.word),
            write.en.eq(self.i.valid),
            read.addr.eq(self.read.address),
            read.en.eq(self.read.en),
            output.eq(read.data),
        ]
        m.d.comb += self.read.data.eq(output)
        return m


class CoreWithMemories(wiring.Component):
    """`Core` and its two memories, ``act_words`` and ``weight_words`` deep.

    Loading may go on while a layer runs, into words that it does not use.

    Parameters
    ----------
    config : ArrayConfig
    observe : bool
        As in `Core`.

    Members
    -------
    i_act, i_weight : stream of load_layout(...), always ready
        A word of V activations, or of C x D weights, and its address.
    i_layer, o : as in `Core`
    """

    def __init__(self, config: ArrayConfig, *, observe: bool = False):
        self.config = config
        self.core = Core(config, observe=observe)
        super().__init__({
            "i_act": In(stream.Signature(load_layout(config, config.act_word_bits))),
            "i_weight": In(stream.Signature(load_layout(config, config.weight_word_bits))),
            "i_layer": In(stream.Signature(register_layout(config))),
            "o": Out(stream.Signature(sums_layout(config))),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        config, core = self.config, self.core
        m.submodules.core = core
        m.submodules.act_memory = WordMemory(config.act_words, self.i_act, core.act)
        m.submodules.weight_memory = WordMemory(config.weight_words, self.i_weight, core.weight)
        connect(m, flipped(self.i_layer), core.i_layer)
        connect(m, core.o, flipped(self.o))
        return m
