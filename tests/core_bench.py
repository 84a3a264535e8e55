"""Layers through `CoreWithMemories`, with idle input, backpressure, and a reset on the way."""

import random
from dataclasses import dataclass, field

import numpy as np
from amaranth.hdl import ResetInserter, Signal
from drawing import random_ints

from convolith.hw.memory import CoreWithMemories
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow import cycles
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.layer import ConvLayer
from convolith.model.numbers.packing import from_ints, to_ints
from convolith.model.options.config import ArrayConfig
from convolith.model.reference.loops import conv_nest
from convolith.sim.engines.interpreted.design import engine
from convolith.sim.engines.interpreted.platform import Platform

QUIET = 60  # cycles after the end in which nothing may follow


@dataclass
class Work:
    """A layer with random numbers, where its words lie, and what came out of it.

    ``keeps``: its sums stay for the next work, which has this one as ``after``.
    """

    mapping: Mapping
    x: np.ndarray
    w: np.ndarray
    bias: np.ndarray | None = None
    act_base: int = 0
    weight_base: int = 0
    bias_base: int = 0
    keeps: bool = False
    after: "Work | None" = None
    accepted: int = 0
    taken: list[tuple[int, int]] = field(default_factory=list)  # (cycle, payload)

    @classmethod
    def random(
        cls, config: ArrayConfig, layer: ConvLayer, seed: int = 0, *, biased=False, **more
    ) -> "Work":
        return cls.mapped(Mapping(config, layer), seed, biased=biased, **more)

    @classmethod
    def mapped(cls, mapping: Mapping, seed: int = 0, *, biased=False, **more) -> "Work":
        config, layer = mapping.config, mapping.layer
        return cls(
            mapping,
            random_ints(seed, layer.x_shape, config.act_bits),
            random_ints(seed + 1, layer.w_shape, config.weight_bits),
            random_ints(seed + 2, (layer.OC,), 20) if biased else None,
            **more,
        )

    @property
    def tiling(self) -> Dataflow:
        return self.mapping.tiling

    @property
    def rows(self) -> int:
        return 0 if self.keeps else self.tiling.output_rows

    @property
    def expected(self) -> np.ndarray:
        layer = self.mapping.layer
        sums = conv_nest(layer, self.x, self.w)
        if self.bias is not None:
            sums = sums + self.bias.reshape(-1, *[1] * layer.dims)
        return sums + self.after.expected if self.after else sums

    @property
    def got(self) -> np.ndarray:
        config = self.tiling.config
        payloads = [payload for _, payload in self.taken]
        sums = from_ints(payloads, config.cols, config.acc_bits)
        return self.mapping.output_tensor(sums)

    @property
    def registers(self) -> dict[str, int]:
        bases = {"act_base": self.act_base, "weight_base": self.weight_base}
        if self.bias is not None:
            bases["bias_base"] = self.bias_base
        return layer_registers(
            self.tiling, **bases, add_bias=int(self.bias is not None),
            add_sums=int(self.after is not None), keep_sums=int(self.keeps),
        )

    @property
    def cycles(self) -> int:
        return self.taken[-1][0] - self.accepted


class CoreBench:
    """Loads all words, then offers one layer after the other as soon as the core takes it.

    ``idle`` and ``stall`` are random generators: gaps in front of layers, and a consumer that is
    not always ready. With ``reset_after``, the core is reset that many cycles after it took the
    first layer, and all layers are offered again.
    """

    def __init__(self, works: list[Work], *, idle=None, stall=None, reset_after=None):
        self.works, self.idle, self.stall = works, idle, stall
        self.reset_after = reset_after
        self.config = works[0].tiling.config
        self.dut = CoreWithMemories(self.config)
        self.reset = Signal()
        self.cycle = 0
        self.received: list[tuple[int, int]] = []

    def run(self) -> list[Work]:
        simulator = engine(ResetInserter(self.reset)(self.dut), Platform())
        simulator.add_clock(1e-8)
        # In this order: what is taken at an edge counts before the next cycle does.
        simulator.add_testbench(self.take, background=True)
        simulator.add_testbench(self.offer)
        simulator.run()
        last = len(self.dut.o.payload.as_value()) - 1
        for work in self.works:
            work.taken = [self.received.pop(0) for _ in range(work.rows)]
            lasts = [payload >> last for _, payload in work.taken]
            assert work.keeps or lasts == [0] * (len(lasts) - 1) + [1]
        assert self.received == []
        return self.works

    async def take(self, ctx):
        output = self.dut.o
        ctx.set(output.ready, 1)
        ticks = ctx.tick().sample(output.valid, output.ready, output.payload.as_value())
        async for _, _, valid, ready, payload in ticks:
            if valid and ready:
                self.received.append((self.cycle, payload))
            if self.stall:
                ctx.set(output.ready, self.stall.random() < 0.3)

    async def tick(self, ctx):
        self.cycle += 1
        await ctx.tick()

    async def offer(self, ctx):
        for work in self.works:
            await self.load(ctx, work)
        if self.reset_after is not None:
            await self.start(ctx, self.works[0])
            for _ in range(self.reset_after):
                await self.tick(ctx)
            ctx.set(self.reset, 1)
            await self.tick(ctx)
            ctx.set(self.reset, 0)
            self.received.clear()
        for work in self.works:
            await self.start(ctx, work)
        limit = 100_000
        expected = sum(work.rows for work in self.works)
        while len(self.received) < expected:
            await self.tick(ctx)
            limit -= 1
            assert limit, "the core hangs"
        for _ in range(QUIET):
            await self.tick(ctx)

    async def load(self, ctx, work):
        config, mapping = self.config, work.mapping
        banks = mapping.tiling.in_banks(mapping.weight_words(work.w))
        memories = [
            ("act", mapping.act_words(work.x), config.act_bits),
            *((name, words, config.weight_bits) for name, words in banks.items()),
        ]
        if work.bias is not None:
            memories.append(("bias", mapping.bias_words(work.bias), config.acc_bits))
        for name, words, bits in memories:
            port = getattr(self.dut, f"i_{name}")
            base = getattr(work, f"{name.removesuffix('_odd')}_base")
            for offset, word in enumerate(to_ints(words, bits)):
                ctx.set(port.payload, {"address": base + offset, "word": word})
                ctx.set(port.valid, 1)
                await self.tick(ctx)
            ctx.set(port.valid, 0)

    async def start(self, ctx, work):
        for _ in range(self.idle.randrange(20) if self.idle else 0):
            await self.tick(ctx)
        ctx.set(self.dut.i_layer.payload, work.registers)
        ctx.set(self.dut.i_layer.valid, 1)
        while not ctx.get(self.dut.i_layer.ready):
            await self.tick(ctx)
        await self.tick(ctx)
        work.accepted = self.cycle
        ctx.set(self.dut.i_layer.valid, 0)


def run_exactly(works: list[Work], *, idle: bool = False, stall: bool = False) -> None:
    """The sums are the loop nest's, in the model's cycles unless the output stalls."""
    for work in CoreBench(works, **generators(idle, stall)).run():
        assert np.array_equal(work.got, work.expected)
        if not stall:
            assert work.cycles == cycles.cycles(work.tiling)


def generators(idle: bool, stall: bool, seed: int = 0):
    """Keyword arguments of `CoreBench`."""
    return {
        "idle": random.Random(seed) if idle else None,
        "stall": random.Random(seed + 1) if stall else None,
    }
