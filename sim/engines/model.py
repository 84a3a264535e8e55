"""No RTL: what the model says that it would give, at once."""

from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.program import Program, Step
from convolith.model.compile.store import write_results
from convolith.model.dataflow.layout import joined_banks
from convolith.model.dataflow.machine import rows_of_sums
from convolith.model.dataflow.post_machine import activation_words
from convolith.model.dataflow.post_rows import whole_rows
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import write_ports
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.probe import Recorder
from convolith.sim.engines.contract.simulator import Fault, Progress, Run

__all__ = ["ModelSimulator"]


class ModelSimulator:
    """Computes from the same memory words; it takes the cycles of the model, by definition.

    For checking what happens to a layer on its way to the memories and back, many thousand times.
    All rows of a step are said to leave in its last cycle.
    """

    name = "model"
    window_refusal = "a window of cycles needs the simulator verilator, not model"

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
        if waves or fault or recorder or environment:
            raise ValueError(
                "a waveform, a fault or an environment needs a simulator of the RTL, not model"
            )
        started = perf_counter()
        memories: dict[str, Any] = {}
        rows, row_cycles, taken = [], [], 0
        kept: Ints | int = 0
        for step in program:
            step.write(memories, step.words)
            sums = _sums(step, memories)
            if step.registers.get("add_sums"):
                sums = sums + kept
            kept = sums
            if step.output:
                sums = activation_words(
                    step.tiling, sums, step.read(memories, "parameters"), step.output
                )
            if step.store and step.output:
                y = _output(step, sums)
                write_results(memories["act"], step.tiling, step.store, y, step.output)
            rows.append(sums[: step.rows])
            taken += step.cycles
            row_cycles.append(np.full(step.rows, taken, dtype=np.int64))
        loading = sum(step.load_cycles for step in program)
        return Run(
            rows=rows, row_cycles=row_cycles,
            step_cycles=tuple(step.cycles for step in program),
            loading=loading, simulated=loading + taken,
            wall_s=perf_counter() - started,
            stored=memories["act"] if write_ports(program[0].config) else None,
        )


def _sums(step: Step, memories: dict[str, Any]) -> Ints:
    """What the array computes from its memories."""
    tiling, registers = step.tiling, step.registers
    odd = "weight_odd" in memories and "weight_odd" in step.reads
    return rows_of_sums(
        tiling,
        step.read(memories, "act"),
        joined_banks(
            tiling, step.read(memories, "weight"),
            step.read(memories, "weight_odd") if odd else None,
        ),
        step.read(memories, "bias") if registers.get("add_bias") else None,
        padding_value=registers["padding_value"],
    )


def _output(step: Step, words: Ints) -> Ints:
    """(N, count, OX, OY) of what is to be stored."""
    assert step.store is not None
    tiling, count = step.tiling, step.store.count
    y = tiling.output(whole_rows(tiling, words))
    return y[:, :count].reshape(tiling.layer.N, count, tiling.layer.OX, -1)
