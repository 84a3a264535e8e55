"""All properties in all sizes, and all planted errors, in several processes."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from convolith.sim.network.workers import LocalWorkers
from convolith.sim.proofs.catalogue import PROPERTIES
from convolith.sim.proofs.trial import SECONDS, Verdict, prove, try_planted
from convolith.sim.synthesis.tools import yosys

__all__ = ["Question", "left_out", "questions", "verdicts"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """A property in one size, or one of its planted errors.

    Parameters
    ----------
    name : str
        The property's.
    size, planted : int
        The number of the size, or of the planted error; the other one is -1.
    fast : bool
        The size is one of the property's fast ones.
    """

    name: str
    size: int = -1
    planted: int = -1
    fast: bool = False


def questions(names: Sequence[str], *, fast: bool, planted: bool) -> list[Question]:
    """All questions about the properties; with ``fast``, fewer sizes, and no slow errors."""
    asked = []
    for name in names:
        kind = PROPERTIES[name]
        few = fast and kind.fast is not None
        sizes = kind.fast if few else kind.sizes
        asked += [Question(name=name, size=i, fast=few) for i in range(len(sizes or ()))]
        asked += [
            Question(name=name, planted=i) for i, error in enumerate(kind.planted)
            if planted and not (fast and error.slow)
        ]
    return asked


def left_out(names: Sequence[str], asked: Sequence[Question]) -> int:
    """How many of the properties' planted errors are not asked for."""
    return sum(len(PROPERTIES[name].planted) for name in names) - sum(
        one.planted >= 0 for one in asked
    )


def verdicts(
    asked: Sequence[Question], processes: int, seconds: float = SECONDS
) -> Iterator[Verdict]:
    """The verdicts, as they come. The long questions, of large sizes, come first.

    ``seconds``: for each question.

    Raises
    ------
    SynthesisError
        If Yosys is missing, or fails.
    ExecutorError
        If a process dies.
    """
    yosys().prepare()
    calls = [partial(answer, one, seconds) for one in reversed(asked)]
    if processes == 1:
        yield from (call() for call in calls)
        return
    yield from LocalWorkers(processes).results(iter(calls))


def answer(asked: Question, seconds: float) -> Verdict:
    """The verdict of one question."""
    kind = PROPERTIES[asked.name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Amaranth: parts of a block that a property leaves out
        if asked.planted >= 0:
            return try_planted(kind, asked.planted, seconds)
        sizes = kind.fast if asked.fast and kind.fast is not None else kind.sizes
        return prove(kind, sizes[asked.size], seconds)
