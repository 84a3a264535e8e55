"""No RTL: what the model says that it would give, at once."""

from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from convolith.model.compile.store import write_results
from convolith.model.dataflow.machine import rows_of_sums
from convolith.model.dataflow.post_machine import activation_words
from convolith.model.dataflow.post_rows import whole_rows
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.load import MEMORIES, Load
from convolith.sim.engines.contract.simulator import Job, Run

__all__ = ["ModelSimulator"]


class ModelSimulator:
    """Computes from the same memory words; it takes the cycles of the model, by definition.

    For checking what happens to a layer on its way to the memories and back, many thousand times.
    All rows of a load are said to leave in its last cycle.
    """

    name = "model"

    def check_window(self) -> None:
        raise ValueError("a window of cycles needs the simulator verilator, not model")

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> None:
        return

    def run(self, job: Job) -> Run:
        if job.waves or job.fault:
            raise ValueError("a waveform or a fault needs a simulator of the RTL, not model")
        started = perf_counter()
        rows, row_cycles, taken, loading = [], [], [], 0
        kept: np.ndarray | int = 0
        before = None
        depth = max(load.act_end for load in job.loads) if job.config.store_results else 0
        memory = np.zeros((depth, job.config.lanes), dtype=np.int64)
        for load in job.loads:
            end = load.act_base + load.tiling.act_words
            act = load.act
            if depth and act is not None:
                memory[load.act_base : end] = act
            elif act is None:
                act = memory[load.act_base : end]
            sums = rows_of_sums(
                load.tiling, act, load.weight, load.bias if load.add_bias else None,
                padding_value=load.padding_value,
            )
            sums = sums + kept if load.add_sums else sums
            kept = sums if load.keep_sums else 0
            if load.output:
                assert load.parameters is not None
                sums = activation_words(load.tiling, sums, load.parameters, load.output)
            if load.store:
                write_results(memory, load.tiling, load.store, _output(load, sums))
            rows.append(sums[: load.rows])
            taken.append(load.cycles)
            row_cycles.append(np.full(load.rows, sum(taken), dtype=np.int64))
            changed = [
                len(load.words(name))
                for name in MEMORIES
                if (words := load.source(name)) is not None
                and not (before and words is before.source(name))
            ]
            loading += max(changed, default=0)
            before = load
        return Run(
            rows=rows, row_cycles=row_cycles, load_cycles=tuple(taken), loading=loading,
            simulated=loading + sum(taken), wall_s=perf_counter() - started,
        )


def _output(load: Load, words: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N, count, OX, OY) of what is to be stored."""
    assert load.store is not None
    tiling = load.tiling
    rows = whole_rows(tiling, words)
    y = tiling.output(rows)
    return y[:, : load.store.count].reshape(tiling.layer.N, load.store.count, tiling.layer.OX, -1)
