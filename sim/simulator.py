"""What every simulator takes and gives: one layer's words in, its rows of sums and cycles out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convolith.model.config import ArrayConfig
from convolith.model.tiling import Tiling

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
    tiling : Tiling
        The layer and the array.
    act, weight : integer arrays
        Memory words as `model.layout` makes them, (words, V) and (words, C * D).
    fault : Fault, optional
        An error to inject.
    waves : Path, optional
        A VCD file to write.
    window : (int, int), optional
        The first and the last cycle that the waveform shows; without it, all.
    progress : callable, optional
    """

    tiling: Tiling
    act: NDArray[np.integer]
    weight: NDArray[np.integer]
    fault: Fault | None = None
    waves: Path | None = None
    window: tuple[int, int] | None = None
    progress: Progress | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came out.

    Parameters
    ----------
    rows : int64 array, (output rows, C)
        Sums in the order in which they left.
    row_cycles : int64 array, (output rows,)
        The cycle at whose end each of them was transferred; the last entry is ``cycles``.
    cycles : int
        From the edge that accepted the layer to the edge that transferred its last row.
    load_cycles : int
        For both memories, before that: a word each per cycle.
    simulated : int
        Cycles that the simulator went through, loading included where it loads.
    wall_s : float
        Seconds that these took, without preparation.
    """

    rows: Ints
    row_cycles: Ints
    cycles: int
    load_cycles: int
    simulated: int
    wall_s: float


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
        """Simulates from reset: loads the words, starts the layer, takes rows as they come.

        Raises
        ------
        SimulationError
            If the layer does not end.
        BuildError
            As for `prepare`.
        """
