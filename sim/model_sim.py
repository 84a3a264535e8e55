"""No RTL: what the model says that it would give, at once."""

from time import perf_counter

import numpy as np

from convolith.model.config import ArrayConfig
from convolith.model.machine import rows_of_sums
from convolith.model.post_machine import activation_words
from convolith.sim.simulator import MEMORIES, Job, Run

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
        for load in job.loads:
            sums = rows_of_sums(
                load.tiling, load.act, load.weight, load.bias if load.add_bias else None,
                padding_value=load.padding_value,
            )  # fmt: skip
            sums = sums + kept if load.add_sums else sums
            kept = sums if load.keep_sums else 0
            if load.output:
                assert load.parameters is not None
                sums = activation_words(load.tiling, sums, load.parameters, load.output)
            rows.append(sums[: load.rows])
            taken.append(load.cycles)
            row_cycles.append(np.full(load.rows, sum(taken), dtype=np.int64))
            changed = [
                len(words)
                for words, old in (
                    (getattr(load, name), getattr(before, name, None))
                    for name in MEMORIES
                )
                if words is not None and words is not old
            ]
            loading += max(changed, default=0)
            before = load
        return Run(
            rows=rows, row_cycles=row_cycles, load_cycles=tuple(taken), loading=loading,
            simulated=loading + sum(taken), wall_s=perf_counter() - started,
        )  # fmt: skip
