"""What a run of a network has done so far, on disk, for ``--resume``."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from convolith.model.config import ArrayConfig
from convolith.model.network import NamedLayer
from convolith.sim.native.cache import RUNS, Cache, digest
from convolith.sim.network.plan import layer_tasks
from convolith.sim.network.task import Outcome, Task, code_version

__all__ = ["Journal"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Entry:
    """A line: a task's key, its layer, in how many pieces that was, and the outcome."""

    task: str
    layer: str
    pieces: int
    outcome: Outcome

    def line(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, line: str) -> "_Entry":
        values = json.loads(line)
        return cls(**values | {"outcome": Outcome(**values["outcome"])})


class Journal:
    """Outcomes by task, a line each, in the cache directory.

    One file per network file, array and code: what has changed since is not found. Only equal
    results are remembered, as wrong ones want to be seen again.
    """

    def __init__(self, network: Path, config: ArrayConfig, simulator: str):
        name = digest(str(network.resolve()), code_version(config), simulator)
        self.path = self._folder() / f"{name}.jsonl"
        self.works = True

    def begin(
        self, tasks: Sequence[Task], *, resume: bool
    ) -> tuple[list[Task], dict[int, Outcome]]:
        """The tasks to run, and the outcomes of those that are done, by their number.

        To resume, a layer is split as it was when most of it was done: that may have been for
        another number of workers. Else nothing is done: these tasks are forgotten, others stay.
        """
        known = {entry.task: entry for entry in self._read()}
        if not resume:
            forgotten = {task.key for task in tasks}
            kept = [entry.line() for key, entry in known.items() if key not in forgotten]
            self._write("w", "".join(kept))
            return list(tasks), {}

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
        """Remembers an outcome at once."""
        if outcome.equal:
            # After a line that was cut off, a new one begins.
            self._write("a", "\n" + _Entry(task.key, task.name, task.pieces, outcome).line())

    def _folder(self) -> Path:
        return Cache().root / RUNS

    def _write(self, mode: str, text: str) -> None:
        if not self.works:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open(mode) as file:
                file.write(text)
        except OSError as error:
            self.works = False
            reason = error.strerror or error
            log.warning("--resume will not find this: %s cannot be written: %s", self.path, reason)

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
                continue  # cut off when the run was
        return entries


def _split_again(task: Task, count: int) -> list[Task]:
    """The layer of a first piece, in ``count`` pieces."""
    return layer_tasks(
        task.config, NamedLayer(task.name, task.layer), task.seed, count, task.fault
    )
