"""Loads, starts and empties the core, in Amaranth's simulator."""

from contextlib import nullcontext
from pathlib import Path
from time import perf_counter

from amaranth.hdl import C

from convolith.hw.memory import CoreWithMemories
from convolith.model.arrays import Ints
from convolith.model.compile.program import Program, Step
from convolith.model.numbers.packing import from_ints
from convolith.model.options.units import memories
from convolith.sim.engines.contract.environment import Activity, Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import Fault, Progress
from convolith.sim.engines.interpreted.design import engine
from convolith.sim.engines.interpreted.platform import Platform
from convolith.sim.engines.interpreted.ports import PortWatch
from convolith.sim.engines.interpreted.watcher import Watcher

__all__ = ["Bench"]

PERIOD = 1e-8
STORE_LATENCY = 8  # and more cycles until what has left the lanes is in the memory
SLACK = 1000  # cycles beyond the model's after which a layer counts as hung
REPORT_EVERY = 256


class Bench:
    """Load, start, collect, once per step; in an environment also watch the ports."""

    def __init__(
        self,
        program: Program,
        *,
        waves: Path | None = None,
        fault: Fault | None = None,
        environment: Environment | None = None,
        progress: Progress | None = None,
        observe: bool = False,
    ):
        self.program, self.waves, self.fault, self.progress = program, waves, fault, progress
        self.dut = CoreWithMemories(program[0].config, observe=observe or waves is not None)
        self.platform = Platform()
        self.watchers: list[Watcher] = []
        self.ports = PortWatch(self.dut, environment) if environment else None
        if self.ports:
            self.watchers.append(self.ports)
        self.total = sum(step.cycles for step in program)
        self.payloads: list[list[int]] = []
        self.row_cycles: list[list[int]] = []
        self.step_cycles: list[int] = []
        self.activities: list[Activity] = []
        self.stored: Ints | None = None
        self.loading = 0

    def simulate(self) -> float:
        """Runs to the end; the seconds it took."""
        simulator = engine(self.dut, self.platform, scopes=self.waves is not None)
        simulator.add_clock(PERIOD)
        simulator.add_testbench(self.test)
        started = perf_counter()
        with simulator.write_vcd(str(self.waves)) if self.waves else nullcontext():
            simulator.run()
        return perf_counter() - started

    async def test(self, ctx):
        for step in self.program:
            await self.write(ctx, step)
            await self.start(ctx, step)
            await self.collect(ctx, step)
        if self.ports:
            await ctx.tick().repeat(STORE_LATENCY)
            self.stored = self.held(ctx)

    def held(self, ctx) -> Ints | None:
        """What is in the memory that the core writes, if there is one."""
        memory = memories(self.program[0].config)["act"]
        banks = [
            [ctx.get(word) for word in self.platform.words(bank.words)]
            for bank in self.dut.written.values()
        ]
        if not banks:
            return None
        bits = memory.word_bits // len(banks)
        words = [
            sum(part << i * bits for i, part in enumerate(parts))
            for parts in zip(*banks, strict=True)
        ]
        return from_ints(words, memory.count, memory.number_bits)

    async def write(self, ctx, step: Step):
        ports = []
        for name in step.words:
            port = getattr(self.dut, f"i_{name}")
            ports.append((port.valid, port.payload.as_value(), step.writes(name)))
        for number in range(step.load_cycles):
            for valid, payload, writes in ports:
                ctx.set(valid, number < len(writes))
                if number < len(writes):
                    ctx.set(payload, writes[number])
            # A word that waits for the last results to be stored may be written twice elsewhere.
            await ctx.tick().until(self.dut.i_act.ready)
            self.report(number)
        for valid, *_ in ports:
            ctx.set(valid, 0)
        self.loading += step.load_cycles

    async def start(self, ctx, step: Step):
        ctx.set(self.dut.i_layer.payload.as_value(), step.register_word)
        ctx.set(self.dut.i_layer.valid, 1)
        await ctx.tick().until(self.dut.i_layer.ready)
        ctx.set(self.dut.i_layer.valid, 0)

    async def collect(self, ctx, step: Step):
        output, fault = getattr(self.dut, step.stream), self.fault
        word, last = output.payload.as_value(), step.last_bit
        kept = getattr(self.dut, "kept", C(0))
        begin = sum(self.step_cycles)
        payloads: list[int] = []
        rows: list[int] = []
        self.payloads.append(payloads)
        self.row_cycles.append(rows)
        ctx.set(output.ready, 1)
        most = self.ports.begin(ctx, step, begin) if self.ports else step.cycles
        seen = [signal for watcher in self.watchers for signal in watcher.signals]
        cycle = 0
        async for _, _, valid, ready, payload, ended, *values in ctx.tick().sample(
            output.valid, output.ready, word, kept, *seen
        ):
            cycle += 1
            for watcher in self.watchers:
                mine, values = values[: len(watcher.signals)], values[len(watcher.signals) :]
                watcher.take(ctx, begin + cycle, mine)
            if valid and ready:
                payloads.append(payload)
                rows.append(begin + cycle)
                ended |= payload >> last
            if ended:
                self.step_cycles.append(cycle)
                if self.ports:
                    self.activities.append(await self.ports.settle(ctx))
                return
            if fault and begin + cycle == fault.cycle:
                self.flip(ctx, fault)
            self.report(cycle)
            if cycle > most + SLACK:
                raise SimulationError(f"the layer has not ended after {begin + cycle - 1} cycles")

    def flip(self, ctx, fault: Fault):
        accumulator = self.dut.core.array.pes[fault.row][fault.col].accumulator
        ctx.set(accumulator, ctx.get(accumulator) ^ (1 << fault.bit))

    def report(self, cycle: int):
        if self.progress and cycle % REPORT_EVERY == 0:
            done = self.loading + sum(self.step_cycles) + cycle
            self.progress(done, max(done, self.total + self.loading))
