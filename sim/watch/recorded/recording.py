"""A layer's run as the RTL did it: what each PE multiplies and holds, in every cycle."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Bytes, Ints
from convolith.model.compile.schedule import Schedule
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories
from convolith.sim.engines.contract.expected import check_run
from convolith.sim.engines.contract.probe import probes
from convolith.sim.engines.contract.simulator import Fault, Progress, Run, Simulator
from convolith.sim.layers.common.prepared import Prepared

__all__ = ["MOST_PE_CYCLES", "NO_READ", "Recording", "check_size", "record"]

MOST_PE_CYCLES = 2_000_000
"""Cycles times PEs that a recording has at most."""

NO_READ = -1
"""In the place of an address: the memory is not read."""

DRAINED = "array.o_valid"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What was recorded of some cycles.

    Parameters
    ----------
    first : int
        The first cycle. Cycles count as in `Run`.
    activations, weights : int64 array, (cycles, R, C, D)
        What the multipliers of each PE took for the products that its sum first shows in a cycle:
        `operand_latency` cycles before.
    sums : int64 array, (cycles, R, C)
        The accumulators.
    reads : dict of int64 array, (cycles,)
        For each memory the address that is read in a cycle, or `NO_READ`.
    drained : bool array, (cycles,)
        A row of sums leaves the array.
    run : Run
        The whole run.
    """

    first: int
    activations: Ints
    weights: Ints
    sums: Ints
    reads: Mapping[str, Ints]
    drained: NDArray[np.bool_]
    run: Run

    @property
    def last(self) -> int:
        """The last cycle."""
        return self.first + len(self.sums) - 1


def operand_latency(config: ArrayConfig) -> int:
    """Cycles from the operands at a PE's multipliers to the sum that shows their product.

    They are the registers of the product, of each level of the adder tree, and of the sum.
    """
    return 2 + config.tree_levels


class _Recorder:
    """Keeps the probes of a window that a recording has, and of the operands before it."""

    def __init__(self, config: ArrayConfig, window: tuple[int, int]):
        self.config = config
        self.latency = operand_latency(config)
        self.window = max(1, window[0] - self.latency), window[1]
        self.before = window[0] - self.window[0]
        self.memories = list(memories(config))
        wanted = {DRAINED}
        wanted |= {f"{name}__{part}" for name in self.memories for part in ("en", "address")}
        self.probes = {
            probe.path: probe for probe in probes(config)
            if probe.path in wanted or probe.path.startswith("array.pe_")
        }
        self.parts: dict[str, list[Ints]] = {path: [] for path in self.probes}

    def take(self, first: int, words: Mapping[str, Bytes]) -> None:
        for path, probe in self.probes.items():
            self.parts[path].append(probe.numbers(words[path]))

    def one(self, path: str) -> Ints:
        """A signal of one number, (cycles,)."""
        found: Ints = np.concatenate(self.parts[path])[self.before :, 0]
        return found

    def sums(self) -> Ints:
        """The accumulators of all PEs, (cycles, R, C)."""
        return self._all("accumulator")[self.before :, ..., 0]

    def operands(self, name: str) -> Ints:
        """Those of all PEs, so many cycles later, (cycles, R, C, D); 0 before the first cycle."""
        taken = self._all(name)
        missing = np.zeros((self.latency - self.before, *taken.shape[1:]), dtype=np.int64)
        return np.concatenate([missing, taken])[: len(taken) - self.before]

    def _all(self, name: str) -> Ints:
        config = self.config
        return np.stack([
            np.stack([
                np.concatenate(self.parts[f"array.pe_{r}_{c}.{name}"]) for c in range(config.cols)
            ], axis=1)
            for r in range(config.rows)
        ], axis=1)

    def reads(self, memory: str) -> Ints:
        """The addresses at a memory's port, where it is read."""
        return np.where(self.one(f"{memory}__en"), self.one(f"{memory}__address"), NO_READ)


def check_size(schedule: Schedule, window: tuple[int, int] | None) -> None:
    """Refuses a recording that is too large.

    Raises
    ------
    ValueError
        The message has cycles that would fit.
    """
    first, last = window or (1, schedule.cycles)
    pes = schedule.config.rows * schedule.config.cols
    if (last - first + 1) * pes > MOST_PE_CYCLES:
        most = first + MOST_PE_CYCLES // pes - 1
        raise ValueError(
            f"a recording must have at most {MOST_PE_CYCLES:,} cycles of PEs, not "
            f"{(last - first + 1) * pes:,}: say, cycles {first} to {most} of the layer's "
            f"{schedule.cycles:,}"
        )


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
    check_size(schedule, window)
    recorder = _Recorder(config, (first, last))
    run = simulator.run(
        convolution.program, recorder=recorder, fault=fault, progress=progress
    )
    check_run(run, convolution.program)
    return Recording(
        first=first,
        activations=recorder.operands("activations"),
        weights=recorder.operands("weights"),
        sums=recorder.sums(),
        reads={name: recorder.reads(name) for name in recorder.memories},
        drained=recorder.one(DRAINED).astype(bool),
        run=run,
    )
