"""Planning of many things on workers: no simulation, only the model."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from convolith.sim.network.workers import ThisProcess, Workers
from convolith.sim.report.progress import CountProgress

__all__ = ["THIS_PROCESS", "planned"]

T = TypeVar("T")
Planned = TypeVar("Planned")

THIS_PROCESS = ThisProcess()


def planned(
    workers: Workers, plan: Callable[[Sequence[T]], list[Planned]], things: Sequence[T],
    *, at_once: int, what: str,
) -> list[Planned]:
    """What ``plan`` makes of all things, in their order. It shows the progress.

    Parameters
    ----------
    workers : Workers
    plan : callable
        Gets some of the things, and returns as many results. Importable and picklable.
    things : sequence
    at_once : int
        How many things a worker gets in one call.
    what : str
        As in `CountProgress`.
    """
    parts = [things[first : first + at_once] for first in range(0, len(things), at_once)]
    found: dict[int, list[Planned]] = {}
    calls = (partial(_numbered, plan, number, part) for number, part in enumerate(parts))
    with CountProgress(what, len(things)) as progress:
        for number, results in workers.results(calls):
            found[number] = results
            progress(len(results))
    return [result for number in range(len(parts)) for result in found[number]]


def _numbered(
    plan: Callable[[Sequence[T]], list[Planned]], number: int, part: Sequence[T]
) -> tuple[int, list[Planned]]:
    """On a worker: the results, which come in any order, with the number of the call."""
    return number, plan(part)
