"""What every simulator takes and gives: one layer's words in, its rows of sums and cycles out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convolith.model.tiling import Tiling

__all__ = ["Fault", "Job", "Progress", "Run", "SimulationError", "Simulator"]

Ints = NDArray[np.int64]

Progress = Callable[[int], None]
"""Is told, now and then, how many cycles have been simulated."""


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
    act, weight : int64 arrays
        Memory words as `model.layout` makes them, (words, V) and (words, C * D).
    fault : Fault, optional
        An error to inject.
    waves : Path, optional
        A VCD file to write; a GTKWave save file is written beside it.
    progress : callable, optional
    """

    tiling: Tiling
    act: Ints
    weight: Ints
    fault: Fault | None = None
    waves: Path | None = None
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
        For both memories, before that.
    wall_s : float
        Seconds that the simulation took, without its preparation.
    """

    rows: Ints
    row_cycles: Ints
    cycles: int
    load_cycles: int
    wall_s: float


class Simulator(Protocol):
    """Runs the RTL."""

    name: str

    def missing(self) -> str | None:
        """What must be installed before it works, in a sentence; None if it works."""

    def run(self, job: Job) -> Run:
        """Simulates from reset: loads the words, starts the layer, takes rows as they come.

        Raises
        ------
        SimulationError
            If the layer does not end.
        """
