"""What every simulator takes and gives: a program in, what comes out, and when."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from convolith.model.arrays import Ints, Words
from convolith.model.compile.program import Program
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Activity, Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.probe import Recorder

__all__ = [
    "BuildError",
    "Fault",
    "Progress",
    "Run",
    "SimulationError",
    "Simulator",
    "check_window",
]

Progress = Callable[[int, int], None]
"""Is told, now and then, how many cycles have been simulated, of how many."""


class BuildError(RuntimeError):
    """A simulator cannot be built; the message says why, in a sentence."""


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
class Run:
    """What came out. Cycles count on from step to step, loading excluded.

    Parameters
    ----------
    rows : list of int64 array, (rows, C) or (rows, L)
        Per step its sums, or its activations, in the order in which they left.
    row_cycles : list of int64 array, (output rows,)
        The cycle at whose end each of them was transferred.
    step_cycles : tuple of int
        Per step from the edge that accepted it to the edge that transferred its last row, or to the
        cycle in which its last row was kept.
    loading : int
        Cycles to load the memories: a word each per cycle.
    simulated : int
        Cycles that the simulator went through, loading included where it loads.
    wall_s : float
        Seconds that these took, without preparation.
    activities : tuple of Activity
        Per step what the ports did; only with an environment.
    stored : array, (words, V), optional
        The activation memory at the end; only with an environment, if the core writes it.
    """

    rows: list[Ints]
    row_cycles: list[Ints]
    step_cycles: tuple[int, ...]
    loading: int
    simulated: int
    wall_s: float
    activities: tuple[Activity, ...] = ()
    stored: Words | None = None

    @property
    def cycles(self) -> int:
        """Of all steps."""
        return sum(self.step_cycles)

    @property
    def exit_cycles(self) -> list[Ints]:
        """Per step the cycle in which each number left, in the shape of ``rows``."""
        return [
            np.broadcast_to(cycles[:, None], rows.shape)
            for cycles, rows in zip(self.row_cycles, self.rows, strict=True)
        ]


class Simulator(Protocol):
    """Executes programs on the RTL."""

    @property
    def name(self) -> str:
        """As users choose it."""

    @property
    def window_refusal(self) -> str:
        """Why it cannot show a window of cycles, a sentence; nothing if it can.

        It is known once the simulator is prepared.
        """

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> object:
        """Builds now what ``run`` would build first: for those who tell of it, or measure it.

        ``observed``: for a waveform or a fault.

        Raises
        ------
        BuildError
            If it cannot be built.
        """

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
        """Executes from reset: per step writes words, starts the core, takes rows as they come.

        Parameters
        ----------
        program : sequence of Step
            One at least.
        waves : Path, optional
            A VCD file to write.
        window : (int, int), optional
            The first and the last cycle that the waveform shows; without it, all.
        fault : Fault, optional
            An error to inject.
        recorder : Recorder, optional
            Gets the probes of each cycle in its window.
        environment : Environment, optional
            Without it, outputs are always ready.
        progress : callable, optional

        Raises
        ------
        SimulationError
            If a step does not end; or, with an environment, if a word is read that is not the
            layer's.
        BuildError
            As for `prepare`.
        """


def check_window(simulator: Simulator) -> None:
    """Refuses a simulator that cannot show a window of cycles.

    Raises
    ------
    ValueError
        Saying which one can.
    """
    if simulator.window_refusal:
        raise ValueError(simulator.window_refusal)
