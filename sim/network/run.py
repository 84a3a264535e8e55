"""Runs tasks with an executor, a progress display and a journal."""

from collections.abc import Sequence

from convolith.sim.network.executors import Executor
from convolith.sim.network.journal import Journal
from convolith.sim.network.task import Outcome, Task
from convolith.sim.report.progress import NetworkProgress

__all__ = ["run_tasks"]


def run_tasks(
    executor: Executor,
    tasks: Sequence[Task],
    outcomes: dict[int, Outcome],
    journal: Journal | None = None,
) -> None:
    """Runs the tasks that have no outcome yet, and adds their outcomes by number."""
    left = [number for number in range(len(tasks)) if number not in outcomes]
    if not left:
        return
    todo = [tasks[number] for number in left]
    names = [task.name for task in todo]
    with NetworkProgress(names, [task.cycles for task in todo]) as progress:
        for i, outcome in executor.run(todo, progress):
            outcomes[left[i]] = outcome
            if journal:
                journal.add(todo[i], outcome)
            progress(i, todo[i].cycles)
