"""Memories as registers, so that a proof can speak of their words."""

from amaranth.hdl import *
from amaranth.lib.memory import Memory

__all__ = ["ProofPlatform"]


class ProofPlatform:
    """In place of Amaranth's platform where a property is proved.

    Parameters
    ----------
    device : str
        The part whose own cells are used; none for the blocks' plain form.
    """

    def __init__(self, device: str = ""):
        self.device = device

    def get_memory(self, memory: Memory) -> Module:
        """The same memory as registers ``word_0``, ``word_1``, ...

        An address beyond the last word writes nothing, and reads zeros.
        """
        m = Module()
        words = [
            Signal(Shape.cast(memory.shape), name=f"word_{i}", reset_less=True, init=init)
            for i, init in enumerate(memory.init)
        ]
        for port in memory.write_ports:
            if len(port.en) > 1:
                raise ValueError("a memory must be written in whole words to be proved")
            for i, word in enumerate(words):
                with m.If(port.en & (port.addr == i)):
                    m.d[port.domain] += word.eq(port.data)
        for port in memory.read_ports:
            found = Signal(Shape.cast(memory.shape))
            with m.Switch(port.addr):
                for i, word in enumerate(words):
                    with m.Case(i):
                        m.d.comb += found.eq(word)
            if port.domain == "comb":
                m.d.comb += port.data.eq(found)
                continue
            data: Value = found
            for write in port.transparent_for:
                data = Mux(write.en & (write.addr == port.addr), write.data, data)
            with m.If(port.en):
                m.d[port.domain] += port.data.eq(data)
        return m
