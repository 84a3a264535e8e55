"""Amaranth's own simulator: needs nothing else, shows everything."""

from collections.abc import Callable
from contextlib import nullcontext
from time import perf_counter

import numpy as np
from amaranth.hdl import C
from amaranth.sim import Simulator as Engine
from numpy.typing import NDArray

from convolith.hw.core import Core
from convolith.hw.memory import CoreWithMemories
from convolith.model.dataflow.layout import to_ints
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories
from convolith.sim.engines.contract.load import MEMORIES, Load
from convolith.sim.engines.contract.packing import unpack_payloads
from convolith.sim.engines.contract.simulator import Fault, Job, Run, SimulationError

__all__ = ["AmaranthSimulator"]

PERIOD = 1e-8
SLACK = 1000  # cycles beyond the model's after which a layer counts as hung
REPORT_EVERY = 256


class AmaranthSimulator:
    """Runs `CoreWithMemories`, loading its memories through their streams."""

    name = "amaranth"

    def check_window(self) -> None:
        raise ValueError(
            "a window of cycles needs the simulator verilator: amaranth writes whole waveforms"
        )

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> None:
        return

    def run(self, job: Job) -> Run:
        if job.window:
            self.check_window()
        bench = _Bench(job)
        wall_s = bench.simulate()
        cycles = bench.load_cycles
        return Run(
            rows=[
                unpack_payloads(payloads, *load.lanes)
                for load, payloads in zip(job.loads, bench.payloads, strict=True)
            ],
            row_cycles=[np.array(rows, dtype=np.int64) for rows in bench.row_cycles],
            load_cycles=tuple(cycles),
            loading=bench.loading,
            simulated=bench.loading + sum(cycles),
            wall_s=wall_s,
        )

    def run_traced(self, job: Job, signals: Callable[[Core], list]) -> NDArray[np.int64]:
        """What signals hold in each cycle from 1 to the last: (cycles, signals).

        ``signals`` picks them from the elaborated core, which has its observer.
        """
        bench = _Bench(job, signals)
        bench.simulate()
        return np.array(bench.trace, dtype=np.int64)


class _Bench:
    """Load, start, collect, once per load; always ready for results."""

    def __init__(self, job: Job, signals: Callable[[Core], list] | None = None):
        self.job, self.signals = job, signals
        observe = bool(job.waves or signals)
        self.dut = CoreWithMemories(job.config, observe=observe)
        self.payloads: list[list[int]] = []
        self.row_cycles: list[list[int]] = []
        self.load_cycles: list[int] = []
        self.loading = 0
        self.trace: list[list[int]] = []

    def simulate(self) -> float:
        """Runs to the end; the seconds it took."""
        engine = Engine(self.dut)
        engine.add_clock(PERIOD)
        engine.add_testbench(self.test)
        started = perf_counter()
        with engine.write_vcd(str(self.job.waves)) if self.job.waves else nullcontext():
            engine.run()
        return perf_counter() - started

    async def test(self, ctx):
        before = None
        for load in self.job.loads:
            await self.load(ctx, load, before)
            await self.start(ctx, load)
            await self.collect(ctx, load)
            before = load

    async def load(self, ctx, load: Load, before: Load | None):
        config = self.job.config
        bits = {name: memory.number_bits for name, memory in memories(config).items()}
        ports, most = [], 0
        bases = {"act": load.act_base}
        for name in MEMORIES:
            array = load.source(name)
            if array is None or (before and array is before.source(name)):
                continue
            port = getattr(self.dut, f"i_{name}")
            words = to_ints(load.words(name).astype(np.int64), bits[name])
            ports.append((port.valid, port.payload.as_value(), words, bases.get(name, 0)))
            most = max(most, len(words))
        for address in range(most):
            for valid, payload, words, base in ports:
                ctx.set(valid, address < len(words))
                if address < len(words):  # the address is the lower field
                    ctx.set(payload, base + address | words[address] << config.addr_bits)
            # A word that waits for the last results to be stored may be written twice elsewhere.
            await ctx.tick().until(self.dut.i_act.ready)
            self.report(address)
        for valid, *_ in ports:
            ctx.set(valid, 0)
        self.loading += most

    async def start(self, ctx, load: Load):
        ctx.set(self.dut.i_layer.payload, load.registers())
        ctx.set(self.dut.i_layer.valid, 1)
        await ctx.tick().until(self.dut.i_layer.ready)
        ctx.set(self.dut.i_layer.valid, 0)

    async def collect(self, ctx, load: Load):
        output, fault = self.dut.results if load.output else self.dut.o, self.job.fault
        word = output.payload.as_value()
        kept = self.dut.kept if self.job.config.sum_words else C(0)
        begin = sum(self.load_cycles)
        payloads: list[int] = []
        rows: list[int] = []
        self.payloads.append(payloads)
        self.row_cycles.append(rows)
        ctx.set(output.ready, 1)
        seen = self.signals(self.dut.core) if self.signals else []
        cycle = 0
        async for _, _, valid, payload, ended, *values in ctx.tick().sample(
            output.valid, word, kept, *seen
        ):
            cycle += 1
            if seen:
                self.trace.append(values)
            if valid:
                payloads.append(payload)
                rows.append(begin + cycle)
                ended |= payload >> (len(word) - 1)  # `last` is the uppermost field
            if ended:
                self.load_cycles.append(cycle)
                return
            if fault and begin + cycle == fault.cycle:
                self.flip(ctx, fault)
            self.report(cycle)
            if cycle > load.cycles + SLACK:
                raise SimulationError(f"the layer has not ended after {begin + cycle - 1} cycles")

    def flip(self, ctx, fault: Fault):
        accumulator = self.dut.core.array.pes[fault.row][fault.col].accumulator
        ctx.set(accumulator, ctx.get(accumulator) ^ (1 << fault.bit))

    def report(self, cycle: int):
        if self.job.progress and cycle % REPORT_EVERY == 0:
            done = self.loading + sum(self.load_cycles) + cycle
            self.job.progress(done, max(done, self.job.cycles + self.loading))
