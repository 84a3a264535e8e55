"""The outcomes of a network's run so far, on disk, for ``--resume``."""

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.native.cache import RUNS, Cache, digest
from convolith.sim.network.plan import layer_tasks
from convolith.sim.network.task import Outcome, Task, code_version

__all__ = ["Journal"]

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class _Entry:
    """A line: a task's key, its layer, the number of that layer's pieces, and the outcome."""

    task: str
    layer: str
    pieces: int
    outcome: Outcome

    def line(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, line: str) -> "_Entry":
        values = json.loads(line)
        return _typed(cls, values | {"outcome": _typed(Outcome, values["outcome"])})


class Journal:
    """A file in the cache directory with a line for each task's outcome.

    Each network file, array and version of the code has its own file. So outcomes are not found
    after any of these has changed. Only equal results are kept: wrong ones should be seen again.
    With ``auto``, the outcomes of all simulators count.
    """

    def __init__(self, network: Path, config: ArrayConfig, simulator: str):
        name = digest(str(network.resolve()), code_version(config))
        self.path = self._folder() / f"{name}.jsonl"
        self.simulator = simulator
        self.works = True

    def forget(self, tasks: Sequence[Task]) -> None:
        """Removes the outcomes of these tasks, so that they run again."""
        forgotten = {task.key for task in tasks}
        kept = [entry.line() for entry in self._read() if entry.task not in forgotten]
        with self._guarded():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            written = self.path.with_suffix(f".{os.getpid()}")
            try:
                written.write_text("".join(kept))
                written.replace(self.path)
            finally:
                written.unlink(missing_ok=True)

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
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a") as file:
                # If the last line was cut off, a new line begins.
                file.write("\n" + _Entry(task.key, task.name, task.pieces, outcome).line())

    def _folder(self) -> Path:
        return Cache().root / RUNS

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
                    self.path, reason)

    def _read(self) -> list[_Entry]:
        entries = []
        try:
            lines = self.path.read_text(errors="replace").splitlines()
        except OSError:
            return []
        for line in lines:
            try:
                entries.append(_Entry.parse(line))
            except (ValueError, KeyError, TypeError):
                continue  # the line was cut off with the run, or is damaged
        return entries


def _typed(kind: type[T], values: dict[str, Any]) -> T:
    """A dataclass from values, which must have the types of its fields.

    Raises
    ------
    TypeError
        If a value has another type.
    """
    for name, expected in get_type_hints(kind).items():
        if not isinstance(values[name], expected):
            raise TypeError(f"{name} must be {expected}")
    return kind(**values)


def _split_again(task: Task, count: int) -> list[Task]:
    """The whole layer of ``task``, split into ``count`` pieces."""
    return layer_tasks(
        task.config, NamedLayer(task.name, task.layer), task.seed, count, task.fault
    )
