"""Amaranth's own simulator: needs nothing else, shows everything."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convolith.hw.core import Core
from convolith.model.compile.program import Program
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.probe import Recorder
from convolith.sim.engines.contract.simulator import Fault, Progress, Run, check_window
from convolith.sim.engines.interpreted.bench import Bench
from convolith.sim.engines.interpreted.samples import Samples
from convolith.sim.engines.interpreted.watcher import Trace

__all__ = ["AmaranthSimulator"]


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
        environment: Environment | None = None,
        progress: Progress | None = None,
    ) -> Run:
        if window:
            check_window(self)
        bench = Bench(
            program, waves=waves, fault=fault, environment=environment, progress=progress,
            observe=recorder is not None,
        )
        samples = Samples(bench.dut.core, recorder) if recorder else None
        if samples:
            bench.watchers.append(samples)
        wall_s = bench.simulate()
        if samples:
            samples.flush()
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
            activities=tuple(bench.activities),
            stored=bench.stored,
        )

    def run_traced(
        self, program: Program, signals: Callable[[Core], list]
    ) -> NDArray[np.int64]:
        """What signals hold in each cycle from 1 to the last: (cycles, signals).

        ``signals`` picks them from the elaborated core, which has its observer.
        """
        bench = Bench(program, observe=True)
        trace = Trace(lambda: signals(bench.dut.core))
        bench.watchers.append(trace)
        bench.simulate()
        return np.array(trace.values, dtype=np.int64)
