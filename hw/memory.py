"""The core with on-chip memories of finite depth, loaded through streams."""

from amaranth.hdl import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from convolith.hw.array import sums_layout
from convolith.hw.core import Core
from convolith.hw.registers import register_layout
from convolith.hw.word_memory import WordMemory
from convolith.model.config import ArrayConfig

__all__ = ["CoreWithMemories", "load_layout"]


def load_layout(config: ArrayConfig, width: int) -> data.StructLayout:
    """One word to be written, and where."""
    return data.StructLayout({"address": config.addr_bits, "word": width})


class CoreWithMemories(wiring.Component):
    """`Core` and its memories, ``act_words``, ``weight_words`` and ``bias_words`` deep.

    Loading may go on while a layer runs, into words that it does not use.

    Parameters
    ----------
    config : ArrayConfig
    observe : bool
        As in `Core`.

    Members
    -------
    i_act, i_weight, i_bias : stream of load_layout(...), always ready
        A word of V activations, of C x D weights, of C biases, and its address; ``i_bias`` only
        with a bias memory.
    i_layer, o, kept : as in `Core`
    """

    def __init__(self, config: ArrayConfig, *, observe: bool = False):
        self.config = config
        self.core = Core(config, observe=observe)
        self.memories = {"act": config.act_words, "weight": config.weight_words}
        if config.bias_words:
            self.memories["bias"] = config.bias_words
        loads = {
            f"i_{name}": In(
                stream.Signature(load_layout(config, len(getattr(self.core, name).data)))
            )
            for name in self.memories
        }
        super().__init__({
            **loads,
            "i_layer": In(stream.Signature(register_layout(config))),
            "o": Out(stream.Signature(sums_layout(config))),
            **({"kept": Out(1)} if config.sum_words else {}),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.core = core
        for name, depth in self.memories.items():
            load, read = getattr(self, f"i_{name}"), getattr(core, name)
            m.d.comb += load.ready.eq(1)
            m.submodules[f"{name}_memory"] = WordMemory(
                depth,
                write_enable=load.valid,
                write_address=load.payload.address,
                write_data=load.payload.word,
                read_enable=read.en,
                read_address=read.address,
                read_data=read.data,
            )
        connect(m, flipped(self.i_layer), core.i_layer)
        connect(m, core.o, flipped(self.o))
        if self.config.sum_words:
            m.d.comb += self.kept.eq(core.kept)
        return m
