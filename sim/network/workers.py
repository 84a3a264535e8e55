"""Workers call functions in any order: this process, others on this machine, or a Dask cluster."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol, TypeVar

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.network.connection import Connection
from convolith.sim.network.errors import ExecutorError
from convolith.sim.network.processes import Pool, use_one_core
from convolith.sim.network.task import code_version

__all__ = ["ClusterWorkers", "LocalWorkers", "ThisProcess", "Workers"]

T = TypeVar("T")

AHEAD = 2
"""Calls that each worker of a cluster has: the next one is there when one is done."""


class Workers(Protocol):
    """They call functions, and give back what these return."""

    def results(self, calls: Iterator[Callable[[], T]]) -> Iterator[T]:
        """What the calls return, in the order in which they end.

        The next call is asked for when a worker is free. So it can depend on the results until
        then. Functions and arguments (``functools.partial``) must be importable and picklable.

        Raises
        ------
        ExecutorError
            If the workers are gone.
        BuildError
            If a worker has another version of Convolith.
        """


class ThisProcess:
    """No other process: each call is made when the next result is asked for."""

    def results(self, calls: Iterator[Callable[[], T]]) -> Iterator[T]:
        return (call() for call in calls)


class LocalWorkers:
    """Some processes on this machine. ``simulating``: what they are called for needs PyTorch."""

    def __init__(self, jobs: int, *, simulating: bool = True):
        self.jobs, self.simulating = jobs, simulating

    def results(self, calls: Iterator[Callable[[], T]]) -> Iterator[T]:
        running: set[Future[T]] = set()
        pool = Pool(self.jobs, simulating=self.simulating)
        try:
            while True:
                while len(running) < self.jobs and (call := next(calls, None)):
                    running.add(pool.submit(call))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BrokenProcessPool:
            raise ExecutorError(
                "a worker process died; it may have run out of memory, which --jobs with a "
                "smaller number saves"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


class ClusterWorkers:
    """The workers of a Dask scheduler at ``tcp://HOST:PORT``. They must have this Convolith.

    If a worker dies, the scheduler makes its calls again on another one.

    Raises
    ------
    ExecutorError
        If the cluster is not available.
    """

    def __init__(self, address: str):
        self.connection = Connection(address)

    def results(self, calls: Iterator[Callable[[], T]]) -> Iterator[T]:
        client = self.connection.client
        running: list[Any] = []
        most, version = AHEAD * self.connection.workers, code_version(ArrayConfig())
        try:
            with self.connection.errors():
                while True:
                    while len(running) < most and (call := next(calls, None)):
                        running.append(client.submit(_called, call, version, pure=False))
                    if not running:
                        return
                    done = [future for future in running if future.done()]
                    for future in done:
                        running.remove(future)
                        yield future.result()
                    if not done:
                        self.connection.pause()
        finally:
            if client.status == "running":
                client.cancel(running)
            client.close()


def _called(call: Callable[[], T], version: str) -> T:
    """On a worker of a cluster."""
    if version != (mine := code_version(ArrayConfig())):
        raise BuildError(
            f"a worker must have the same Convolith as the command, {version}, not {mine}"
        )
    use_one_core()
    return call()
