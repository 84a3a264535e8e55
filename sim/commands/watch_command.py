"""The command that shows a run on a page."""

import argparse
import shlex
from collections.abc import Sequence

from convolith.model.compile.schedule import Schedule
from convolith.sim.watch.recorded.recording import MOST_PE_CYCLES
from convolith.sim.waves.cycle_window import around

__all__ = ["watch_command"]

VALUES = ("output", "json", "waves", "waves-around-first-error", "from-cycle", "to-cycle")
FLAGS = ("plan", "waves-all")
"""Options of `convolith run` that `convolith watch` does not have, or has for another purpose."""


def watch_command(run: Sequence[str], schedule: Schedule, cycle: int | None) -> str:
    """``convolith watch`` with the options of a ``convolith run``.

    Parameters
    ----------
    run : sequence of str
        The words after ``convolith run``.
    schedule : Schedule
    cycle : int, optional
        What is to be seen happens here: a run that is too long to be recorded is cut around it.
    """
    parser = argparse.ArgumentParser(add_help=False)
    for name in VALUES:
        parser.add_argument(f"--{name}")
    for name in FLAGS:
        parser.add_argument(f"--{name}", action="store_true")
    _, words = parser.parse_known_args(run)
    config = schedule.config
    most = MOST_PE_CYCLES // (config.rows * config.cols)
    if schedule.cycles > most:
        first, last = around(schedule, cycle or 1)
        words += ["--from-cycle", str(max(first, last - most + 1)), "--to-cycle", str(last)]
    return shlex.join(["convolith", "watch", *words])
