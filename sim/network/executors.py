"""Executors run tasks: in this process, in several processes, or on a Dask cluster."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from convolith.sim.engines.contract.simulator import Simulator
from convolith.sim.network.errors import ExecutorError
from convolith.sim.network.processes import Pool, context
from convolith.sim.network.task import Outcome, Task, code_version, run_task

__all__ = ["Executor", "Here", "Processes", "Report"]

Report = Callable[[int, int], None]
"""Called with a task's number and the cycles that it has simulated so far."""

POLL_S = 0.1


class Executor(Protocol):
    """Runs tasks in any order."""

    workers: int

    def run(self, tasks: Sequence[Task], report: Report) -> Iterator[tuple[int, Outcome]]:
        """Yields the number and the outcome of each task as soon as it is done.

        If the caller stops early, the tasks that are still running stop as well.

        Raises
        ------
        ExecutorError
            If the workers are gone.
        BuildError
            If a worker cannot build the simulator.
        """


class Here:
    """One task after the other, in this process."""

    workers = 1

    def __init__(self, simulator: Simulator):
        self.simulator = simulator

    def run(self, tasks: Sequence[Task], report: Report) -> Iterator[tuple[int, Outcome]]:
        for number, task in enumerate(tasks):

            def progress(done: int, total: int, number: int = number, task: Task = task) -> None:
                report(number, task.cycles * done // total)  # `total` may include loading

            yield number, run_task(
                task, self.simulator, code_version(task.config), progress=progress
            )


class Processes:
    """Several processes on this machine, the longest tasks first."""

    def __init__(self, simulator: str, jobs: int):
        self.simulator, self.workers = simulator, jobs

    def run(self, tasks: Sequence[Task], report: Report) -> Iterator[tuple[int, Outcome]]:
        shared = context()
        cycles = shared.Array("q", len(tasks), lock=False)
        stop = shared.Event()
        order = sorted(range(len(tasks)), key=lambda n: tasks[n].cycles, reverse=True)
        workers = min(self.workers, len(tasks))
        pool = Pool(workers, _begin_worker, (cycles, stop))
        try:
            running = {
                pool.submit(
                    _work, number, tasks[number], self.simulator, code_version(tasks[number].config)
                ): number
                for number in order
            }
            while running:
                done, _ = wait(running, POLL_S, FIRST_COMPLETED)
                for number in running.values():
                    report(number, cycles[number])
                for future in done:
                    yield running.pop(future), future.result()
        except BrokenProcessPool:
            raise ExecutorError(
                "a worker process died; it may have run out of memory, which --jobs with a "
                "smaller number saves"
            ) from None
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


class _Stopped(Exception):
    """The command has ended."""


_shared: dict[str, Any] = {}


def _begin_worker(cycles: Any, stop: Any) -> None:
    """Called in each new worker. It ignores Ctrl-C, which the command handles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared.update(cycles=cycles, stop=stop)


def _work(number: int, task: Task, simulator: str, version: str) -> Outcome:
    def progress(done: int, total: int) -> None:
        _shared["cycles"][number] = task.cycles * done // total
        if _shared["stop"].is_set():
            raise _Stopped

    return run_task(task, simulator, version, progress=progress)
