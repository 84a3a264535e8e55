"""What every simulator takes and gives: a layer's words in, what comes out, and when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.load import Load

__all__ = [
    "BuildError",
    "Fault",
    "Job",
    "Progress",
    "Run",
    "SimulationError",
    "Simulator",
]

Ints = NDArray[np.int64]

Progress = Callable[[int, int], None]
"""Is told, now and then, how many cycles have been simulated, of how many."""


class BuildError(RuntimeError):
    """A simulator cannot be built; the message says why, in a sentence."""


class SimulationError(RuntimeError):
    """The hardware broke its contract: it hung, or took other cycles than the model says."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One bit of one PE's accumulator, flipped once, right after a cycle.

    Cycles count as in `Run`: cycle 1 follows the edge that accepts the layer.
    """

    row: int
    col: int
    bit: int
    cycle: int


@dataclass(frozen=True, kw_only=True)
class Job:
    """One layer to be run.

    Parameters
    ----------
    loads : sequence of Load
        One after the other on the same core, from one reset.
    fault : Fault, optional
        An error to inject.
    waves : Path, optional
        A VCD file to write.
    window : (int, int), optional
        The first and the last cycle that the waveform shows; without it, all.
    progress : callable, optional
    """

    loads: Sequence[Load]
    fault: Fault | None = None
    waves: Path | None = None
    window: tuple[int, int] | None = None
    progress: Progress | None = None

    @property
    def config(self) -> ArrayConfig:
        """The array's."""
        return self.loads[0].tiling.config

    @property
    def cycles(self) -> int:
        """Of all loads, by the model."""
        return sum(load.cycles for load in self.loads)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came out. Cycles count on from load to load, loading excluded.

    Parameters
    ----------
    rows : list of int64 array, (rows, C) or (rows, L)
        Per load its sums, or its activations, in the order in which they left.
    row_cycles : list of int64 array, (output rows,)
        The cycle at whose end each of them was transferred.
    load_cycles : tuple of int
        Per load from the edge that accepted it to the edge that transferred its last row, or to the
        cycle in which its last row was kept.
    loading : int
        Cycles to load the memories: a word each per cycle.
    simulated : int
        Cycles that the simulator went through, loading included where it loads.
    wall_s : float
        Seconds that these took, without preparation.
    """

    rows: list[Ints]
    row_cycles: list[Ints]
    load_cycles: tuple[int, ...]
    loading: int
    simulated: int
    wall_s: float

    @property
    def cycles(self) -> int:
        """Of all loads."""
        return sum(self.load_cycles)


class Simulator(Protocol):
    """Runs the RTL."""

    @property
    def name(self) -> str:
        """As users choose it."""

    def check_window(self) -> None:
        """Raises ValueError if it cannot show a window of cycles; ask once it is prepared."""

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> object:
        """Builds what ``run`` needs for this configuration, if it is not there yet.

        ``observed``: for jobs with a waveform or a fault.

        Raises
        ------
        BuildError
            If it cannot be built.
        """

    def run(self, job: Job) -> Run:
        """Simulates from reset: loads words, starts the core, takes rows as they come, and so on.

        Raises
        ------
        SimulationError
            If the layer does not end.
        BuildError
            As for `prepare`.
        """
