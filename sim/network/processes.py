"""Worker processes that start quickly: forks of a process that has imported PyTorch already."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext
from typing import Any

__all__ = ["Pool", "context", "start_early", "use_one_core"]

Begin = Callable[..., None]

PLANNING = ["convolith.model.compile.planner"]
SIMULATING = ["torch", "convolith.sim.network.task"]


def context(*, simulating: bool = True) -> BaseContext:
    """The context that starts workers, and makes the objects that they share.

    ``simulating``: what they do needs PyTorch. The first context decides what is imported ahead.

    A fork of this process could copy locks that PyTorch's threads hold. So workers are forked from
    a process that has imported PyTorch and runs nothing. (Windows has no forks: there each worker
    imports PyTorch itself.)
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(SIMULATING if simulating else PLANNING)
    return forks


def start_early(*, simulating: bool = True) -> None:
    """Starts the process from which workers are forked: it imports while this one reads and plans.

    Ctrl-C is for this process, which ends the others.
    """
    if context(simulating=simulating).get_start_method() != "forkserver":
        return
    resource_tracker.ensure_running()  # otherwise started below, where it would unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Pool(ProcessPoolExecutor):
    """Worker processes of one thread each. Each new one calls ``begin(*arguments)``.

    ``simulating`` as in `context`.
    """

    def __init__(
        self, workers: int, begin: Begin | None = None, arguments: tuple[Any, ...] = (),
        *, simulating: bool = True,
    ):
        started = (dict(os.environ), simulating, begin, arguments)
        super().__init__(workers, context(simulating=simulating), _begin, started)


def _begin(
    environment: dict[str, str], simulating: bool, begin: Begin | None, arguments: tuple[Any, ...]
) -> None:
    os.environ.clear()  # a fork has the environment that the first pool of this process had
    os.environ.update(environment)
    if simulating:
        use_one_core()
    if begin:
        begin(*arguments)


def use_one_core() -> None:
    """PyTorch's operators have one thread in this process: other workers have the other cores."""
    import torch

    torch.set_num_threads(1)
