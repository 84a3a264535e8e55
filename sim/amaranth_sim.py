"""Amaranth's own simulator: needs nothing else, shows everything."""

from collections.abc import Callable
from contextlib import nullcontext
from time import perf_counter

import numpy as np
from amaranth.sim import Simulator as Engine
from numpy.typing import NDArray

from convolith.hw.core import Core
from convolith.hw.memory import CoreWithMemories
from convolith.hw.registers import layer_registers
from convolith.model.config import ArrayConfig
from convolith.model.cycles import cycles as model_cycles
from convolith.model.layout import to_ints
from convolith.sim.packing import unpack_sums
from convolith.sim.simulator import Fault, Job, Run, SimulationError

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
        return Run(
            rows=unpack_sums(job.tiling.config, bench.payloads),
            row_cycles=np.array(bench.row_cycles, dtype=np.int64),
            cycles=bench.row_cycles[-1],
            load_cycles=bench.load_cycles,
            simulated=bench.load_cycles + bench.row_cycles[-1],
            wall_s=wall_s,
        )

    def run_traced(self, job: Job, signals: Callable[[Core], list]) -> NDArray[np.int64]:
        """What signals hold in each cycle from 1 to the layer's last: (cycles, signals).

        ``signals`` picks them from the elaborated core, which has its observer.
        """
        bench = _Bench(job, signals)
        bench.simulate()
        return np.array(bench.trace, dtype=np.int64)


class _Bench:
    """Load, start, collect; always ready for results."""

    def __init__(self, job: Job, signals: Callable[[Core], list] | None = None):
        self.job, self.signals = job, signals
        observe = bool(job.waves or signals)
        self.dut = CoreWithMemories(job.tiling.config, observe=observe)
        self.payloads: list[int] = []
        self.row_cycles: list[int] = []
        self.load_cycles = 0
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
        await self.load(ctx)
        await self.start(ctx)
        await self.collect(ctx)

    async def load(self, ctx):
        config, job = self.job.tiling.config, self.job
        ports = []
        for port, array, bits in (
            (self.dut.i_act, job.act, config.act_bits),
            (self.dut.i_weight, job.weight, config.weight_bits),
        ):
            words = to_ints(array.astype(np.int64), bits)
            ports.append((port.valid, port.payload.as_value(), words))
        self.load_cycles = max(len(job.act), len(job.weight))
        for address in range(self.load_cycles):
            for valid, payload, words in ports:
                ctx.set(valid, address < len(words))
                if address < len(words):  # the address is the lower field
                    ctx.set(payload, address | words[address] << config.addr_bits)
            await ctx.tick()
            self.report(address)
        for valid, _, _ in ports:
            ctx.set(valid, 0)

    async def start(self, ctx):
        ctx.set(self.dut.i_layer.payload, layer_registers(self.job.tiling))
        ctx.set(self.dut.i_layer.valid, 1)
        await ctx.tick().until(self.dut.i_layer.ready)
        ctx.set(self.dut.i_layer.valid, 0)

    async def collect(self, ctx):
        output, fault = self.dut.o, self.job.fault
        sums = output.payload.as_value()
        limit = model_cycles(self.job.tiling) + SLACK
        ctx.set(output.ready, 1)
        seen = self.signals(self.dut.core) if self.signals else []
        cycle = 0
        async for _, _, valid, payload, *values in ctx.tick().sample(output.valid, sums, *seen):
            cycle += 1
            if seen:
                self.trace.append(values)
            if valid:
                self.payloads.append(payload)
                self.row_cycles.append(cycle)
                if payload >> (len(sums) - 1):  # `last` is the uppermost field
                    return
            if fault and cycle == fault.cycle:
                self.flip(ctx, fault)
            self.report(self.load_cycles + cycle)
            if cycle > limit:
                raise SimulationError(f"the layer has not ended after {limit} cycles")

    def flip(self, ctx, fault: Fault):
        accumulator = self.dut.core.array.pes[fault.row][fault.col].accumulator
        ctx.set(accumulator, ctx.get(accumulator) ^ (1 << fault.bit))

    def report(self, cycle: int):
        if self.job.progress and cycle % REPORT_EVERY == 0:
            self.job.progress(cycle, self.load_cycles + model_cycles(self.job.tiling))
