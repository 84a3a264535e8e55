"""A waveform around the first wrong output of a network."""

import argparse

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.simulators import get_simulator
from convolith.sim.network.task import Outcome, Task, code_version, run_task
from convolith.sim.report.files import OutputFiles
from convolith.sim.waves.cycle_window import around
from convolith.sim.waves.files import Waves

__all__ = ["FirstError"]


class FirstError:
    """``--waves-around-first-error``: writes a waveform if there is a wrong output.

    Raises
    ------
    ValueError
        If the file cannot be written.
    """

    def __init__(self, args: argparse.Namespace, config: ArrayConfig, outputs: OutputFiles):
        self.simulator = get_simulator(args.sim)
        self.simulator.prepare(config)
        self.waves = Waves(outputs, args.waves_around_first_error)

    def show(self, tasks: list[Task], outcomes: dict[int, Outcome]) -> None:
        """Runs the first task with a wrong output again, here, and shows the cycles around it."""
        for i, task in enumerate(tasks):
            cycle = outcomes[i].difference_cycle
            if cycle is not None:
                window = around(task.schedule, cycle)
                version = code_version(task.config)
                try:
                    run_task(
                        task, self.simulator, version, waves=self.waves.unfinished, window=window
                    )
                except OSError as error:
                    raise self.waves.wave.cannot(error) from error
                self.waves.save(task.schedule)
                return
        self.waves.forget()
