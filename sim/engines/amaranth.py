"""Amaranth's own simulator: needs nothing else, shows everything."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from amaranth.hdl import C
from amaranth.sim import Simulator as Engine
from numpy.typing import NDArray

from convolith.hw.core import Core
from convolith.hw.memory import CoreWithMemories
from convolith.model.arrays import Bytes
from convolith.model.compile.program import Program, Step
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.probe import Recorder, probes
from convolith.sim.engines.contract.simulator import (
    Fault,
    Progress,
    Run,
    SimulationError,
    check_window,
)

__all__ = ["AmaranthSimulator"]

PERIOD = 1e-8
CYCLES_AT_A_TIME = 1 << 10  # that a recorder gets
SLACK = 1000  # cycles beyond the model's after which a layer counts as hung
REPORT_EVERY = 256


class AmaranthSimulator:
    """Runs `CoreWithMemories`, loading its memories through their streams."""

    name = "amaranth"
    window_refusal = (
        "a window of cycles needs the simulator verilator: amaranth writes whole waveforms"
    )

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> None:
        return

    def run(
        self,
        program: Program,
        *,
        waves: Path | None = None,
        window: tuple[int, int] | None = None,
        fault: Fault | None = None,
        recorder: Recorder | None = None,
        progress: Progress | None = None,
    ) -> Run:
        if window:
            check_window(self)
        samples = Samples(program[0].config, recorder) if recorder else None
        bench = _Bench(program, waves=waves, fault=fault, samples=samples, progress=progress)
        wall_s = bench.simulate()
        cycles = bench.step_cycles
        return Run(
            rows=[
                step.numbers(payloads)
                for step, payloads in zip(program, bench.payloads, strict=True)
            ],
            row_cycles=[np.array(rows, dtype=np.int64) for rows in bench.row_cycles],
            step_cycles=tuple(cycles),
            loading=bench.loading,
            simulated=bench.loading + sum(cycles),
            wall_s=wall_s,
        )

    def run_traced(
        self, program: Program, signals: Callable[[Core], list]
    ) -> NDArray[np.int64]:
        """What signals hold in each cycle from 1 to the last: (cycles, signals).

        ``signals`` picks them from the elaborated core, which has its observer.
        """
        bench = _Bench(program, signals=signals)
        bench.simulate()
        return np.array(bench.trace, dtype=np.int64)


class Samples:
    """Probes of some cycles, from which a recorder gets them.

    Parameters
    ----------
    config : ArrayConfig
    recorder : Recorder
    """

    def __init__(self, config: ArrayConfig, recorder: Recorder):
        self.recorder, self.probes = recorder, probes(config)
        self.first, self.last = recorder.window
        self.begin = self.first
        self.cycles: list[list[int]] = []

    def signals(self, core: Core) -> list:
        """The probes' signals."""
        return [_signal(core, probe.path) for probe in self.probes]

    def take(self, cycle: int, values: list[int]) -> None:
        """Keeps the values of a cycle, if it is wanted."""
        if not self.first <= cycle <= self.last:
            return
        if not self.cycles:
            self.begin = cycle
        self.cycles.append(values)
        if len(self.cycles) == CYCLES_AT_A_TIME:
            self.flush()

    def flush(self) -> None:
        """Hands over the cycles that are kept."""
        if not self.cycles:
            return
        columns = zip(*self.cycles, strict=True)
        words = {
            probe.path: _packed(column, probe.width)
            for probe, column in zip(self.probes, columns, strict=True)
        }
        self.cycles = []
        self.recorder.take(self.begin, words)


def _signal(core: Core, path: str) -> Any:
    """The signal of a probe."""
    block, _, name = path.rpartition(".")
    if block in ("observer", "array"):
        return getattr(getattr(core, block), name)
    if block:
        _, row, column = block.rsplit("_", 2)
        return getattr(core.array.pes[int(row)][int(column)], name)
    port, _, part = path.partition("__")
    found = getattr(core, port)
    if part:
        found = getattr(found, part)
    return found.as_value() if part == "payload" else found


def _packed(values: tuple[int, ...], width: int) -> Bytes:
    """Values of a signal as words, (cycles, bytes)."""
    if width < 64:
        numbers = np.array(values, dtype=np.int64) & np.int64((1 << width) - 1)
        return numbers.view(np.uint8).reshape(len(values), 8)
    size, mask = -(-width // 8), (1 << width) - 1
    packed = b"".join((value & mask).to_bytes(size, "little") for value in values)
    return np.frombuffer(packed, np.uint8).reshape(len(values), size)


class _Bench:
    """Load, start, collect, once per step; always ready for results."""

    def __init__(
        self,
        program: Program,
        *,
        waves: Path | None = None,
        fault: Fault | None = None,
        progress: Progress | None = None,
        samples: "Samples | None" = None,
        signals: Callable[[Core], list] | None = None,
    ):
        self.program, self.signals, self.samples = program, signals, samples
        self.waves, self.fault, self.progress = waves, fault, progress
        self.dut = CoreWithMemories(program[0].config, observe=bool(waves or signals or samples))
        self.total = sum(step.cycles for step in program)
        self.payloads: list[list[int]] = []
        self.row_cycles: list[list[int]] = []
        self.step_cycles: list[int] = []
        self.loading = 0
        self.trace: list[list[int]] = []

    def simulate(self) -> float:
        """Runs to the end; the seconds it took."""
        engine = Engine(self.dut)
        engine.add_clock(PERIOD)
        engine.add_testbench(self.test)
        started = perf_counter()
        with engine.write_vcd(str(self.waves)) if self.waves else nullcontext():
            engine.run()
        return perf_counter() - started

    async def test(self, ctx):
        for step in self.program:
            await self.write(ctx, step)
            await self.start(ctx, step)
            await self.collect(ctx, step)

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
        seen = self.signals(self.dut.core) if self.signals else []
        if self.samples:
            seen = self.samples.signals(self.dut.core)
        cycle = 0
        async for _, _, valid, payload, ended, *values in ctx.tick().sample(
            output.valid, word, kept, *seen
        ):
            cycle += 1
            if self.samples:
                self.samples.take(begin + cycle, values)
            elif seen:
                self.trace.append(values)
            if valid:
                payloads.append(payload)
                rows.append(begin + cycle)
                ended |= payload >> last
            if ended:
                self.step_cycles.append(cycle)
                if self.samples:
                    self.samples.flush()
                return
            if fault and begin + cycle == fault.cycle:
                self.flip(ctx, fault)
            self.report(cycle)
            if cycle > step.cycles + SLACK:
                raise SimulationError(f"the layer has not ended after {begin + cycle - 1} cycles")

    def flip(self, ctx, fault: Fault):
        accumulator = self.dut.core.array.pes[fault.row][fault.col].accumulator
        ctx.set(accumulator, ctx.get(accumulator) ^ (1 << fault.bit))

    def report(self, cycle: int):
        if self.progress and cycle % REPORT_EVERY == 0:
            done = self.loading + sum(self.step_cycles) + cycle
            self.progress(done, max(done, self.total + self.loading))
