"""The core with on-chip memories of finite depth, loaded through streams."""

from amaranth.hdl import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, connect, flipped

from convolith.hw.core import Core
from convolith.hw.ports import output_ports, word_bits
from convolith.hw.registers import register_layout
from convolith.hw.word_memory import WordMemory
from convolith.model.config import ArrayConfig

__all__ = ["CoreWithMemories", "load_layout"]


def load_layout(config: ArrayConfig, width: int) -> data.StructLayout:
    """One word to be written, and where."""
    return data.StructLayout({"address": config.addr_bits, "word": width})


class CoreWithMemories(wiring.Component):
    """`Core` and its memories, as deep as the configuration says.

    Loading may go on while a layer runs, into words that it does not use.

    Parameters
    ----------
    config : ArrayConfig
    observe : bool
        As in `Core`.

    Members
    -------
    i_act, i_weight, i_bias, i_parameters : stream of load_layout(...)
        A word of V activations, of C x D weights, of C biases, of L channels' parameters, and its
        address; those that the core has. Always ready, but ``i_act`` while a result is stored.
    i_layer, o, results, kept : as in `Core`
    """

    def __init__(self, config: ArrayConfig, *, observe: bool = False):
        self.config = config
        self.core = Core(config, observe=observe)
        self.memories = {name: getattr(config, f"{name}_words") for name in word_bits(config)}
        loads = {
            f"i_{name}": In(stream.Signature(load_layout(config, width)))
            for name, width in word_bits(config).items()
        }
        super().__init__({
            **loads,
            "i_layer": In(stream.Signature(register_layout(config))),
            **output_ports(config),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.core = core
        for name, depth in self.memories.items():
            load, read = getattr(self, f"i_{name}"), getattr(core, name)
            if name == "act" and self.config.store_results:
                self.act_banks(m, depth, load, read)
                continue
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
        if self.config.post_lanes:
            connect(m, core.results, flipped(self.results))
        if self.config.sum_words:
            m.d.comb += self.kept.eq(core.kept)
        return m

    def act_banks(self, m, depth, load, read):
        """The activation memory, a bank per L lanes: results come into one at a time."""
        store = self.core.store
        storing = store.en.any()
        m.d.comb += load.ready.eq(~storing)
        for bank, enable in enumerate(store.en):
            part = slice(bank * len(store.data), (bank + 1) * len(store.data))
            m.submodules[f"act_memory_{bank}"] = WordMemory(
                depth,
                write_enable=Mux(storing, enable, load.valid),
                write_address=Mux(storing, store.address, load.payload.address),
                write_data=Mux(storing, store.data, load.payload.word[part]),
                read_enable=read.en,
                read_address=read.address,
                read_data=read.data[part],
            )
