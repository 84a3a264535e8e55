"""A layer's run as the RTL did it: what each PE multiplies and holds, in every cycle."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from convolith.model.arrays import Bytes, Ints
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.probe import probes
from convolith.sim.engines.contract.simulator import Fault, Progress, Run, Simulator
from convolith.sim.layers.common.prepared import Prepared, check_run

__all__ = ["MOST_PE_CYCLES", "Recording", "record"]

MOST_PE_CYCLES = 2_000_000
"""Cycles times PEs that a recording has at most."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What was recorded of some cycles.

    Parameters
    ----------
    first : int
        The first cycle. Cycles count as in `Run`.
    activations, weights : int64 array, (cycles, R, C, D)
        What the multipliers of each PE take.
    sums : int64 array, (cycles, R, C)
        The accumulators.
    run : Run
        The whole run.
    """

    first: int
    activations: Ints
    weights: Ints
    sums: Ints
    run: Run

    @property
    def last(self) -> int:
        """The last cycle."""
        return self.first + len(self.sums) - 1


class _Recorder:
    """Keeps the PEs' probes of a window."""

    def __init__(self, config: ArrayConfig, window: tuple[int, int]):
        self.window = window
        self.probes = {
            probe.path: probe for probe in probes(config) if probe.path.startswith("array.pe_")
        }
        self.parts: dict[str, list[Ints]] = {path: [] for path in self.probes}

    def take(self, first: int, words: Mapping[str, Bytes]) -> None:
        for path, probe in self.probes.items():
            self.parts[path].append(probe.numbers(words[path]))

    def all(self, config: ArrayConfig, name: str) -> Ints:
        """A signal of all PEs, (cycles, R, C, numbers)."""
        return np.stack([
            np.stack([
                np.concatenate(self.parts[f"array.pe_{r}_{c}.{name}"]) for c in range(config.cols)
            ], axis=1)
            for r in range(config.rows)
        ], axis=1)


def record(
    convolution: Prepared,
    simulator: Simulator,
    window: tuple[int, int] | None = None,
    *,
    fault: Fault | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Simulates a layer, and records a window of its cycles; all, if none is given.

    Raises
    ------
    ValueError
        If the layer has no cycles, or the window is too large to be recorded.
    SimulationError
        If the hardware broke its contract.
    """
    config, schedule = convolution.config, convolution.schedule
    if not schedule.pieces:
        raise ValueError("a recording needs a layer with outputs, not an empty batch")
    first, last = window or (1, schedule.cycles)
    pes = config.rows * config.cols
    if (last - first + 1) * pes > MOST_PE_CYCLES:
        most = first + MOST_PE_CYCLES // pes - 1
        raise ValueError(
            f"a recording must have at most {MOST_PE_CYCLES:,} cycles of PEs, not "
            f"{(last - first + 1) * pes:,}: say, cycles {first} to {most} of the layer's "
            f"{schedule.cycles:,}"
        )
    recorder = _Recorder(config, (first, last))
    run = simulator.run(
        convolution.program, recorder=recorder, fault=fault, progress=progress
    )
    check_run(run, convolution.program)
    return Recording(
        first=first, run=run, activations=recorder.all(config, "activations"),
        weights=recorder.all(config, "weights"), sums=recorder.all(config, "accumulator")[..., 0],
    )
