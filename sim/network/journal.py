"""The outcomes of a network's run so far, on disk, for ``--resume``."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.native.cache import RUNS, Cache, digest
from convolith.sim.network.plan import layer_tasks
from convolith.sim.network.task import Outcome, Task, code_version
from convolith.sim.report.json_lines import JsonLines, typed

__all__ = ["Journal"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Entry:
    """A line: a task's key, its layer, the number of that layer's pieces, and the outcome."""

    task: str
    layer: str
    pieces: int
    outcome: Outcome

    @classmethod
    def parse(cls, values: dict[str, Any]) -> "_Entry":
        return typed(cls, values | {"outcome": typed(Outcome, values["outcome"])})


class Journal:
    """A file in the cache directory with a line for each task's outcome.

    Each network file, array and version of the code has its own file. So outcomes are not found
    after any of these has changed. Only equal results are kept: wrong ones should be seen again.
    With ``auto``, the outcomes of all simulators count.
    """

    def __init__(self, network: Path, config: ArrayConfig, simulator: str):
        name = digest(str(network.resolve()), code_version(config))
        self.lines = JsonLines(Cache().root / RUNS / f"{name}.jsonl")
        self.simulator = simulator
        self.works = True

    def forget(self, tasks: Sequence[Task]) -> None:
        """Removes the outcomes of these tasks, so that they run again."""
        forgotten = {task.key for task in tasks}
        kept = [asdict(entry) for entry in self._read() if entry.task not in forgotten]
        with self._guarded():
            self.lines.replace(kept)

    def resume(self, tasks: Sequence[Task]) -> tuple[list[Task], dict[int, Outcome]]:
        """The tasks to run, and the outcomes of those that are done, by their number.

        The earlier run may have split a layer for another number of workers. A layer is split in
        the way of which most has been done.
        """
        known = {e.task: e for e in self._read() if self.simulator in ("auto", e.outcome.simulator)}

        def share_done(split: list[Task]) -> float:
            done = sum(task.cycles for task in split if task.key in known)
            return done / sum(task.cycles for task in split)

        chosen: list[Task] = []
        for name, own in groupby(tasks, key=lambda task: task.name):
            planned = list(own)
            splits: list[list[Task]] = [planned]
            for count in sorted({entry.pieces for entry in known.values() if entry.layer == name}):
                splits.append(_split_again(planned[0], count))
            best = max(splits, key=share_done)
            chosen += best
        outcomes = {n: known[t.key].outcome for n, t in enumerate(chosen) if t.key in known}
        return chosen, outcomes

    def add(self, task: Task, outcome: Outcome) -> None:
        """Writes an outcome to the file at once."""
        if not outcome.equal:
            return
        with self._guarded():
            self.lines.add(asdict(_Entry(task.key, task.name, task.pieces, outcome)))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Reports only the first error in writing the file. The run goes on without it."""
        try:
            yield
        except OSError as error:
            level = logging.WARNING if self.works else logging.DEBUG
            self.works = False
            reason = error.strerror or error
            log.log(level, "--resume will not find this: %s cannot be written: %s",
                    self.lines.path, reason)

    def _read(self) -> list[_Entry]:
        entries = []
        try:
            for values in self.lines.read():
                with suppress(KeyError, TypeError):  # the line is damaged
                    entries.append(_Entry.parse(values))
        except OSError:
            pass
        return entries


def _split_again(task: Task, count: int) -> list[Task]:
    """The whole layer of ``task``, split into ``count`` pieces."""
    return layer_tasks(
        task.config, NamedLayer(task.name, task.layer), task.seed, count, task.fault
    )
