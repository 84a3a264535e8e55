"""What a run of a network has done so far, on disk, for ``--resume``."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from convolith.model.config import ArrayConfig
from convolith.sim.native.cache import RUNS, Cache, digest
from convolith.sim.network.task import Outcome, Task, code_version

__all__ = ["Journal"]

log = logging.getLogger(__name__)


class Journal:
    """Outcomes by task, a line each, in the cache directory.

    One file per network file, array and code: what has changed since is not found. Only equal
    results are remembered, as wrong ones want to be seen again.
    """

    def __init__(self, network: Path, config: ArrayConfig, simulator: str):
        name = digest(str(network.resolve()), code_version(config), simulator)
        self.path = self._folder() / f"{name}.jsonl"
        self.works = True

    def begin(self, tasks: Sequence[Task], *, resume: bool) -> dict[int, Outcome]:
        """The outcomes of those of ``tasks`` that are done, by their number.

        Unless they are to be resumed, there are none: these tasks are forgotten, others stay.
        """
        known = self._read()
        if resume:
            return {n: known[task.key] for n, task in enumerate(tasks) if task.key in known}
        forgotten = {task.key for task in tasks}
        kept = [_line(key, outcome) for key, outcome in known.items() if key not in forgotten]
        self._write("w", "".join(kept))
        return {}

    def _folder(self) -> Path:
        return Cache().root / RUNS

    def add(self, task: Task, outcome: Outcome) -> None:
        """Remembers an outcome at once."""
        if outcome.equal:
            # After a line that was cut off, a new one begins.
            self._write("a", "\n" + _line(task.key, outcome))

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

    def _read(self) -> dict[str, Outcome]:
        outcomes = {}
        try:
            lines = self.path.read_text(errors="replace").splitlines()
        except OSError:
            return {}
        for line in lines:
            try:
                entry = json.loads(line)
                outcomes[entry["task"]] = Outcome(**entry["outcome"])
            except (ValueError, KeyError, TypeError):
                continue  # cut off when the run was
        return outcomes


def _line(key: str, outcome: Outcome) -> str:
    return json.dumps({"task": key, "outcome": asdict(outcome)}) + "\n"
