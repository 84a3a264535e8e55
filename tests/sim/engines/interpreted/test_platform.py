"""Memories as Amaranth's simulator gets them, beside Amaranth's own."""

import random

import pytest
from amaranth.hdl import Fragment, Module, Signal
from amaranth.lib.memory import Memory
from amaranth.sim import Simulator

from convolith.sim.engines.interpreted.platform import MOST_BITS, Platform

CYCLES = 400
INIT = [5, 0, 200, 3]


def memory_design(depth: int, domain: str):
    """A module with a memory, the memory, and its ports."""
    m = Module()
    m.submodules.memory = memory = Memory(shape=8, depth=depth, init=INIT)
    write, read = memory.write_port(), memory.read_port(domain=domain)
    m.d.sync += Signal().eq(write.en)  # so that there is a clock whatever the memory becomes
    return m, memory, write, read


def outputs(depth: int, domain: str, platform: Platform | None) -> tuple[list[int], list[int]]:
    """What is read in each cycle of random reads and writes, and what the memory holds then."""
    m, memory, write, read = memory_design(depth, domain)
    simulator = Simulator(Fragment.get(m, platform) if platform else m)
    simulator.add_clock(1e-6)
    for writer in platform.writers if platform else []:
        simulator.add_process(writer)
    draw = random.Random(depth)
    busy = False
    seen: list[int] = []
    held: list[int] = []
    addresses = [0, 1, 2, depth - 2, depth - 1, depth, (1 << len(write.addr)) - 1]

    async def bench(ctx):
        nonlocal busy
        for _ in range(CYCLES):
            busy ^= draw.random() < 0.1  # runs of writes, and single ones
            ctx.set(write.en, draw.random() < (0.9 if busy else 0.2))
            ctx.set(write.addr, draw.choice(addresses))
            ctx.set(write.data, draw.randrange(256))
            ctx.set(read.addr, draw.choice(addresses))
            if domain == "sync":
                ctx.set(read.en, draw.randrange(2))
            seen.append(ctx.get(read.data))
            await ctx.tick()
        words = platform.words(memory) if platform else memory.data
        held.extend(ctx.get(word) for word in words)

    simulator.add_testbench(bench)
    simulator.run()
    return seen, held


@pytest.mark.parametrize("domain", ["sync", "comb"])
@pytest.mark.parametrize("depth", [6, 2000])
def test_the_same_memory(depth, domain):
    """The one is a signal, the other is written by a process."""
    platform = Platform()
    seen, held = outputs(depth, domain, platform)
    assert (len(platform.writers) == 1) == (8 * depth > MOST_BITS)
    expected, kept = outputs(depth, domain, None)
    assert len(set(expected)) > 20
    assert (seen, held) == (expected, kept)
    assert kept[:4] != INIT


def test_other_memories_are_refused():
    m = Module()
    m.submodules.memory = parts = Memory(shape=8, depth=4, init=[])
    parts.write_port(granularity=4)
    with pytest.raises(ValueError, match="written in whole words"):
        Fragment.get(m, Platform())
    m = Module()
    m.submodules.memory = through = Memory(shape=8, depth=4, init=[])
    through.read_port(transparent_for=[through.write_port()])
    with pytest.raises(ValueError, match="no read may see a write"):
        Fragment.get(m, Platform())
