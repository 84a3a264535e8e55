"""Runs tasks on a Dask cluster that is already running."""

import logging
import time
from collections.abc import Iterator, Sequence

from convolith.sim.network.executors import ExecutorError, Report
from convolith.sim.network.task import Outcome, Task, code_version, run_task

__all__ = ["Cluster"]

log = logging.getLogger(__name__)

CONNECT_S = 10
POLL_S = 0.1
ALONE_S = 30  # seconds without a worker after which we give up


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
        try:
            from distributed import Client
        except ImportError:
            raise ExecutorError(
                "--cluster needs the Python package distributed "
                "(pip install 'convolith[cluster]' adds it)"
            ) from None
        # What its client logs when a connection breaks, we say in a sentence.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            self.client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ExecutorError(
                f"no Dask scheduler answers at {address}: {error or 'time is up'}"
            ) from None
        self.workers = self._threads()
        if not self.workers:
            self.client.close()
            raise ExecutorError(f"the Dask cluster at {address} must have a worker, but has none")

    def run(self, tasks: Sequence[Task], report: Report) -> Iterator[tuple[int, Outcome]]:
        from concurrent.futures import CancelledError

        from distributed import KilledWorker, as_completed

        order = sorted(range(len(tasks)), key=lambda n: tasks[n].cycles, reverse=True)
        running = {
            self.client.submit(
                run_task, tasks[n], self.simulator, code_version(tasks[n].config),
                pure=False, priority=tasks[n].cycles,
            ): n
            for n in order
        }
        try:
            # With results: one that is lost with its worker on the way here is computed again.
            completed = as_completed(list(running), loop=self.client.loop, with_results=True)
            while completed.count():
                self._wait(completed)
                future, outcome = next(completed)
                if isinstance(outcome, CancelledError):
                    raise outcome
                self._mention(outcome)
                report(running[future], outcome.cycles)
                yield running[future], outcome
        except ImportError as error:
            raise ExecutorError(f"the workers must have Convolith, but: {error}") from None
        except KilledWorker as error:
            raise ExecutorError(f"workers died again and again: {error}") from None
        except (CancelledError, OSError) as error:
            raise ExecutorError(f"the Dask scheduler is gone: {error}") from None
        finally:
            if self.client.status == "running":
                self.client.cancel(list(running))
            self.client.close()

    def _threads(self) -> int:
        workers = self.client.scheduler_info(n_workers=-1).get("workers", {})  # none: it is gone
        return sum(worker["nthreads"] for worker in workers.values())

    def _wait(self, completed) -> None:
        """Waits until a task is done. Without this, a scheduler without workers waits for ever."""
        seen = time.monotonic()
        while not completed.has_ready():
            time.sleep(POLL_S)
            if self._threads():
                seen = time.monotonic()
            elif time.monotonic() - seen > ALONE_S:
                raise ExecutorError(f"the Dask cluster has had no worker for {ALONE_S} s")

    def _mention(self, outcome: Outcome) -> None:
        """Repeats here what `AutoSimulator` says on a worker when it falls back."""
        if self.simulator == "auto" and outcome.simulator == "amaranth" and not self.mentioned:
            self.mentioned = True
            log.warning(
                "a worker cannot build Verilator's core (its log says why): "
                "it uses Amaranth's simulator, which is slower"
            )
