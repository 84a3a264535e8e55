"""Runs tasks on a Dask cluster that is already running."""

import logging
from collections.abc import Iterator, Sequence

from convolith.sim.network.connection import Connection
from convolith.sim.network.executors import Report
from convolith.sim.network.processes import use_one_core
from convolith.sim.network.task import Outcome, Task, code_version, run_task

__all__ = ["Cluster"]

log = logging.getLogger(__name__)


class Cluster:
    """The workers of a scheduler at ``tcp://HOST:PORT``.

    The workers must have this version of Convolith. Each builds the simulator in its own cache. If
    a worker dies, the scheduler runs its tasks again on another one. A task reports progress only
    at its end.

    Raises
    ------
    ExecutorError
        If dask.distributed is not installed, the scheduler does not answer, or there is no worker;
        and if all workers are lost while tasks run.
    """

    def __init__(self, address: str, simulator: str):
        self.simulator, self.mentioned = simulator, False
        self.connection = Connection(address)
        self.workers = self.connection.workers

    def run(self, tasks: Sequence[Task], report: Report) -> Iterator[tuple[int, Outcome]]:
        from concurrent.futures import CancelledError

        from distributed import as_completed

        client = self.connection.client
        order = sorted(range(len(tasks)), key=lambda n: tasks[n].cycles, reverse=True)
        running = {
            client.submit(
                _run_task, tasks[n], self.simulator, code_version(tasks[n].config),
                pure=False, priority=tasks[n].cycles,
            ): n
            for n in order
        }
        try:
            with self.connection.errors():
                # With results: one that is lost with its worker on the way is computed again.
                completed = as_completed(list(running), loop=client.loop, with_results=True)
                while completed.count():
                    while not completed.has_ready():
                        self.connection.pause()
                    future, outcome = next(completed)
                    if isinstance(outcome, CancelledError):
                        raise outcome
                    self._mention(outcome)
                    report(running[future], outcome.cycles)
                    yield running[future], outcome
        finally:
            if client.status == "running":
                client.cancel(list(running))
            client.close()

    def _mention(self, outcome: Outcome) -> None:
        """Repeats here what `AutoSimulator` says on a worker when it falls back."""
        if self.simulator == "auto" and outcome.simulator == "amaranth" and not self.mentioned:
            self.mentioned = True
            log.warning(
                "a worker cannot build Verilator's core (its log says why): "
                "it uses Amaranth's simulator, which is slower"
            )


def _run_task(task: Task, simulator: str, version: str) -> Outcome:
    """On a worker."""
    use_one_core()
    return run_task(task, simulator, version)
