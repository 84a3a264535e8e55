"""How Amaranth's simulator gets the design: memories that cost little while nothing is written."""

from collections.abc import Callable, Coroutine
from typing import Any

from amaranth.hdl import Fragment, MemoryInstance, Module, Shape, Signal
from amaranth.lib.memory import Memory

__all__ = ["Platform"]

MOST_BITS = 1 << 13
"""Up to here a memory is one wide signal. A longer one would take too long to be written anew."""

Process = Callable[[Any], Coroutine[Any, Any, None]]


class Platform:
    """In place of Amaranth's platform. It gives the same memories with less work in each cycle.

    Amaranth's simulator works on a write port in every cycle, bit by bit of the word, even if
    nothing is written. So small memories are signals here, and others are written by processes
    that sleep until there is something to write.

    Members
    -------
    writers : list of callable
        The processes, which the simulator has to run.
    """

    def __init__(self) -> None:
        self.writers: list[Process] = []
        self._words: dict[Memory, list[Any]] = {}

    def words(self, memory: Memory) -> list[Any]:
        """The words of a memory, for the simulator to read."""
        return self._words[memory]

    def get_memory(self, memory: Memory) -> Fragment | Module:
        """What stands for the memory in the design.

        Raises
        ------
        ValueError
            If it has more than whole words that are written, and read a cycle later at the
            earliest.
        """
        if any(len(port.en) > 1 for port in memory.write_ports) or any(
            port.transparent_for for port in memory.read_ports
        ):
            raise ValueError("a memory must be written in whole words, and no read may see a write "
                             "of the same cycle")
        width = Shape.cast(memory.shape).width
        if width * memory.depth <= MOST_BITS:
            return self._signal(memory, width)
        instance = MemoryInstance(data=memory.data)
        for port in memory.read_ports:
            instance.read_port(domain=port.domain, data=port.data, addr=port.addr, en=port.en,
                               transparent_for=())
        words = self._words[memory] = list(memory.data)
        self.writers += [_writer(words, port) for port in memory.write_ports]
        return instance

    def _signal(self, memory: Memory, width: int) -> Module:
        m = Module()
        init = sum(word << i * width for i, word in enumerate(memory.init))
        words = Signal(width * memory.depth, name="words", init=init, reset_less=True)
        self._words[memory] = [words[i * width : (i + 1) * width] for i in range(memory.depth)]
        for write in memory.write_ports:
            with m.If(write.en):
                m.d[write.domain] += words.word_select(write.addr, width).eq(write.data)
        for read in memory.read_ports:
            with m.If(read.en):
                m.d[read.domain] += read.data.eq(words.word_select(read.addr, width))
        return m


def _writer(words: list[Any], port: Any) -> Process:
    """Writes what the port says at each edge at which it is enabled."""

    async def write(ctx: Any) -> None:
        while True:
            await ctx.posedge(port.en)
            enabled = True
            while enabled:
                _, _, enabled, address, word = await ctx.tick(port.domain).sample(
                    port.en, port.addr, port.data
                )
                if enabled and address < len(words):
                    ctx.set(words[address], word)

    return write
