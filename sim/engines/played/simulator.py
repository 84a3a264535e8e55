"""A simulator that a table of inputs is played to, behind the interface of all simulators."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Protocol

from convolith.model.compile.program import Program
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.probe import Recorder
from convolith.sim.engines.contract.simulator import Fault, Progress, Run
from convolith.sim.engines.played.observed import Outputs, observed_run
from convolith.sim.engines.played.stimulus import Stimulus

__all__ = ["PlayedSimulator", "Play", "Player"]

Play = Callable[[Stimulus], Outputs]
"""Plays a table to a core that is built."""


class Player(Protocol):
    """Builds cores with memories that tables can be played to."""

    @property
    def name(self) -> str:
        """As users choose it."""

    def build(self, config: ArrayConfig) -> Play:
        """A core of that configuration, memory depths included.

        Raises
        ------
        BuildError
            If a tool is missing, or fails.
        """


class PlayedSimulator:
    """Runs programs on a core with memories, as tables.

    Parameters
    ----------
    player : Player
    ready : bool
        Also tell when the core took layers again. Cores with a part's own cells need not do it in
        the model's cycle.
    """

    def __init__(self, player: Player, *, ready: bool = True):
        self.player, self.ready = player, ready
        self.cores: dict[ArrayConfig, Play] = {}

    @property
    def name(self) -> str:
        return self.player.name

    @property
    def window_refusal(self) -> str:
        return f"a window of cycles needs the simulator verilator, not {self.name}"

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> None:
        if config not in self.cores:
            self.cores[config] = self.player.build(config)

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
        if waves or window or fault or recorder:
            raise ValueError(
                "a waveform or a fault needs the simulator verilator or amaranth, "
                f"not {self.name}"
            )
        config = program[0].config
        self.prepare(config)
        stimulus = Stimulus.of(program, environment or Environment())
        started = perf_counter()
        found = self.cores[config](stimulus)
        wall_s = perf_counter() - started
        return observed_run(program, stimulus, found, ready=self.ready, wall_s=wall_s)
