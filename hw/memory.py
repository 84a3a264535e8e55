"""The core with on-chip memories of finite depth, loaded through streams."""

from amaranth.hdl import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, connect, flipped

from convolith.hw.cells.word_memory import MemoryPort, WordMemory
from convolith.hw.core import Core
from convolith.hw.layouts.registers import register_layout
from convolith.hw.ports import output_ports
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories, write_ports

__all__ = ["CoreWithMemories", "write_layout"]


def write_layout(config: ArrayConfig, width: int) -> data.StructLayout:
    """A word to be written into a memory, and its address."""
    return data.StructLayout({"address": config.addr_bits, "word": width})


class CoreWithMemories(wiring.Component):
    """`Core` and its memories, as deep as the configuration says.

    While a layer runs, words that it does not use may be written.

    Parameters
    ----------
    config : ArrayConfig
    observe : bool
        As in `Core`.

    Members
    -------
    i_act, i_weight, i_bias, i_parameters : stream of write_layout(...)
        An address and its word: V activations, C x D weights, C biases, the parameters of L
        channels. Only the memories that the core has. Always ready, except ``i_act`` in cycles in
        which a result is stored.
    i_layer, o, results, kept : as in `Core`
    written : dict of WordMemory
        The banks of the memory that the core writes, once it is elaborated.
    """

    def __init__(self, config: ArrayConfig, *, observe: bool = False):
        self.config = config
        self.core = Core(config, observe=observe)
        self.memories = memories(config)
        self.written: dict[int, WordMemory] = {}
        writes = {
            f"i_{name}": In(stream.Signature(write_layout(config, memory.word_bits)))
            for name, memory in self.memories.items()
        }
        super().__init__({
            **writes,
            "i_layer": In(stream.Signature(register_layout(config))),
            **output_ports(config),
        })

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.core = core
        stores = {port.memory: getattr(core, port.name) for port in write_ports(self.config)}
        for name, memory in self.memories.items():
            write, read = getattr(self, f"i_{name}"), getattr(core, name)
            if name in stores:
                self.banks(m, memory, write, read, stores[name])
                continue
            m.d.comb += write.ready.eq(1)
            m.submodules[f"{name}_memory"] = WordMemory(
                memory.depth,
                write=MemoryPort(write.valid, write.payload.address, write.payload.word),
                read=read,
            )
        connect(m, flipped(self.i_layer), core.i_layer)
        for name, port in output_ports(self.config).items():
            if port.is_signature:
                connect(m, getattr(core, name), flipped(getattr(self, name)))
            else:
                m.d.comb += getattr(self, name).eq(getattr(core, name))
        return m

    def banks(self, m, memory, write, read, store):
        """A memory that the core also writes. It has banks: a result goes into one of them."""
        storing = store.en.any()
        m.d.comb += write.ready.eq(~storing)
        for bank, enable in enumerate(store.en):
            part = slice(bank * len(store.data), (bank + 1) * len(store.data))
            m.submodules[f"{memory.name}_memory_{bank}"] = self.written[bank] = WordMemory(
                memory.depth,
                write=MemoryPort(
                    Mux(storing, enable, write.valid),
                    Mux(storing, store.address, write.payload.address),
                    Mux(storing, store.data, write.payload.word[part]),
                ),
                read=MemoryPort(read.en, read.address, read.data[part]),
            )
