"""Memories as registers do what Amaranth's memories do."""

# amaranth: UnusedElaboratable=no

from random import Random

import pytest
from amaranth.hdl import *
from amaranth.lib.memory import Memory
from amaranth.sim import Simulator

from convolith.hw.properties.register_memory import ProofPlatform


def rows_read(domain, transparent, registers):
    """What is read in each of 200 cycles of random writes and reads."""
    m = Module()
    memory = Memory(shape=4, depth=5, init=[3, 1, 4, 1, 5])
    write = memory.write_port()
    read = memory.read_port(domain=domain, transparent_for=(write,) if transparent else ())
    if registers:
        m.submodules.memory = ProofPlatform().get_memory(memory)
    else:
        m.submodules.memory = memory
    random, found = Random(1), []

    async def bench(ctx):
        for _ in range(200):
            ctx.set(write.addr, random.randrange(5))
            ctx.set(write.data, random.randrange(16))
            ctx.set(write.en, random.randrange(2))
            ctx.set(read.addr, random.randrange(5))
            enabled = random.randrange(2)
            if domain == "sync":
                ctx.set(read.en, enabled)
            found.append(ctx.get(read.data))
            await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


@pytest.mark.parametrize(
    ("domain", "transparent"), [("sync", False), ("sync", True), ("comb", False)]
)
def test_the_same_is_read(domain, transparent):
    plain = rows_read(domain, transparent, registers=False)
    assert len(set(plain)) > 8
    assert rows_read(domain, transparent, registers=True) == plain
