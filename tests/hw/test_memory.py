"""The memories around a core that does nothing: what is loaded is what the core reads."""

from random import Random

import pytest
from amaranth.hdl import *
from amaranth.lib import wiring
from amaranth.sim import Simulator

from convolith.hw.memory import CoreWithMemories
from convolith.hw.ports import core_ports
from convolith.model.options.config import ArrayConfig

LATENCY = 3  # from an address at a port to its word
SMALL = {"rows": 2, "cols": 2, "addr_bits": 6, "act_words": 16, "weight_words": 32}
PLAIN = ArrayConfig(**SMALL, bias_words=0, sum_words=0)
ALL = ArrayConfig(**SMALL, bias_words=8, pack_edges=True, post_lanes=1)
# Words of four activations, in two banks of two.
STORES = ArrayConfig(**SMALL, lanes=4, bias_words=8, post_lanes=2, store_results=True)


class Idle(wiring.Component):
    """A core's ports, which nothing drives: the test does."""

    def __init__(self, config, **_):
        super().__init__(core_ports(config))

    def elaborate(self, platform):
        return Module()


@pytest.fixture
def memories(monkeypatch):
    """`CoreWithMemories` around an idle core, and a function that runs a test bench for it."""
    monkeypatch.setattr("convolith.hw.memory.Core", Idle)

    def build(config):
        dut = CoreWithMemories(config)

        def run(testbench):
            simulator = Simulator(dut)
            simulator.add_clock(1e-8)
            simulator.add_testbench(testbench)
            simulator.run()

        return dut, dut.core, run

    return build


async def load(ctx, port, words):
    """A word per cycle, all of them taken."""
    for address, word in words.items():
        ctx.set(port.payload, {"address": address, "word": word})
        ctx.set(port.valid, 1)
        assert ctx.get(port.ready)
        await ctx.tick()
    ctx.set(port.valid, 0)


async def read(ctx, port, addresses):
    """The words at some addresses, one asked for per cycle."""
    words = []
    ctx.set(port.en, 1)
    for address in [*addresses, *[0] * LATENCY]:
        ctx.set(port.address, address)
        words.append(ctx.get(port.data))
        await ctx.tick()
    return words[LATENCY:]


# Name, bits of a word, words: 2 activations of 8 bits a word, 2 x 1 weights, 2 biases of 32, and
# for a lane the 31 bits of a float32.
@pytest.mark.parametrize(
    ("config", "sizes"),
    [
        (PLAIN, {"act": (16, 16), "weight": (16, 32)}),
        (ALL, {"act": (16, 16), "weight": (16, 32), "weight_odd": (16, 32), "bias": (64, 8),
               "parameters": (31, 16)}),
        (STORES, {"act": (32, 16), "weight": (16, 32), "bias": (64, 8), "parameters": (62, 8)}),
    ],
)
def test_every_memory(memories, config, sizes):
    """Each with words of its own, loaded in any order, read in another."""
    dut, core, run = memories(config)
    ports = {name[2:] for name in dut.signature.members if name.startswith("i_")} - {"layer"}
    assert ports == set(sizes)
    random = Random(1)
    words = {
        name: {address: random.getrandbits(bits)
               for address in random.sample(range(depth), depth)}
        for name, (bits, depth) in sizes.items()
    }
    found = {}

    async def testbench(ctx):
        for name, of in words.items():
            await load(ctx, getattr(dut, f"i_{name}"), of)
        for name, of in words.items():
            in_order = sorted(of)
            found[name] = dict(zip(in_order, await read(ctx, getattr(core, name), in_order),
                                   strict=True))

    run(testbench)
    assert found == words


def test_only_what_is_valid_is_written(memories):
    dut, core, run = memories(PLAIN)
    seen = []

    async def testbench(ctx):
        await load(ctx, dut.i_act, {3: 0x1234, 4: 0x5678})
        ctx.set(dut.i_act.payload, {"address": 3, "word": 0xFFFF})
        await ctx.tick().repeat(3)
        seen.extend(await read(ctx, core.act, [3, 4]))

    run(testbench)
    assert seen == [0x1234, 0x5678]


def test_results_in_banks(memories):
    """A store to each bank of a word that has been loaded; loading waits meanwhile."""
    dut, core, run = memories(STORES)
    seen = []

    async def store(ctx, en, address, data):
        ctx.set(core.store.en, en)
        ctx.set(core.store.address, address)
        ctx.set(core.store.data, data)
        assert ctx.get(dut.i_act.ready) == (en == 0)
        await ctx.tick()

    async def testbench(ctx):
        await load(ctx, dut.i_act, {5: 0x11112222, 6: 0x33334444, 7: 0})
        ctx.set(dut.i_act.payload, {"address": 7, "word": 0xAAAABBBB})
        ctx.set(dut.i_act.valid, 1)
        await store(ctx, 0b01, 5, 0x7777)  # the lower two activations
        await store(ctx, 0b10, 6, 0x8888)  # the upper ones
        ctx.set(core.act.en, 1)
        ctx.set(core.act.address, 7)
        await store(ctx, 0, 6, 0x9999)  # nothing is stored: what is offered is written
        ctx.set(dut.i_act.valid, 0)
        await ctx.tick().repeat(LATENCY - 1)
        assert ctx.get(core.act.data) == 0  # 7 was asked for before it was written
        seen.extend(await read(ctx, core.act, [5, 6, 7]))

    run(testbench)
    assert seen == [0x11117777, 0x88884444, 0xAAAABBBB]


def test_other_memories_do_not_wait_for_stores(memories):
    dut, core, run = memories(STORES)

    async def testbench(ctx):
        ctx.set(core.store.en, 0b11)
        assert not ctx.get(dut.i_act.ready)
        for name in ("weight", "bias", "parameters"):
            assert ctx.get(getattr(dut, f"i_{name}").ready)

    run(testbench)


def test_streams_go_through(memories):
    """The layer's to the core; sums, results and the flag of sums that are kept from it."""
    dut, core, run = memories(ALL)

    async def testbench(ctx):
        ctx.set(dut.i_layer.payload, {"act_base": 21, "weight_base": 33})
        ctx.set(dut.i_layer.valid, 1)
        assert ctx.get(core.i_layer.valid)
        assert ctx.get(core.i_layer.payload.act_base) == 21
        assert ctx.get(core.i_layer.payload.weight_base) == 33
        assert not ctx.get(dut.i_layer.ready)
        ctx.set(core.i_layer.ready, 1)
        assert ctx.get(dut.i_layer.ready)
        for name, field, value in (("o", "sums", [-7, 8]), ("results", "activations", [-9])):
            inner, outer = getattr(core, name), getattr(dut, name)
            ctx.set(inner.payload, {field: value, "last": 1})
            ctx.set(inner.valid, 1)
            ctx.set(outer.ready, 1)
            assert list(ctx.get(outer.payload[field])) == value
            assert ctx.get(outer.valid) == ctx.get(outer.payload.last) == ctx.get(inner.ready) == 1
            ctx.set(inner.valid, 0)
            ctx.set(outer.ready, 0)
            assert ctx.get(outer.valid) == ctx.get(inner.ready) == 0
        for kept in (1, 0):
            ctx.set(core.kept, kept)
            assert ctx.get(dut.kept) == kept

    run(testbench)
