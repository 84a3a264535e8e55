"""The units of a campaign so far, on disk, for ``--resume``."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.native.cache import RUNS, Cache, digest
from convolith.sim.fuzz.met import Met
from convolith.sim.fuzz.unit import Found
from convolith.sim.network.task import code_version

__all__ = ["Journal"]


class Journal:
    """A file in the cache directory with a line for each unit in which all cases were equal.

    Each seed and version of the code has its own file: other units would have other cases.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int):
        name = digest("fuzz", str(seed), code_version(ArrayConfig()))
        self.path = Cache().root / RUNS / f"{name}.jsonl"

    def forget(self) -> None:
        """Begins anew.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("")

    def add(self, found: Found) -> None:
        """Writes a unit's results at once.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        line = {
            "kind": found.kind, "number": found.number, "counts": found.counts,
            "pairs": [[*pair, count] for pair, count in found.met.pairs.items()],
            "ranges": found.met.ranges,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write("\n" + json.dumps(line))  # a new line, if the last one was cut off

    def read(self) -> Iterator[Found]:
        """The units that are there, each once."""
        seen = set()
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            try:
                found = _found(json.loads(line))
            except (ValueError, KeyError, TypeError):
                continue  # the line was cut off with the run, or is damaged
            if (found.kind, found.number) not in seen:
                seen.add((found.kind, found.number))
                yield found


def _found(values: dict[str, Any]) -> Found:
    met = Met(
        pairs=Counter({(first, second): count for first, second, count in values["pairs"]}),
        ranges={name: (least, most) for name, (least, most) in values["ranges"].items()},
    )
    return Found(values["kind"], values["number"], counts=Counter(values["counts"]), met=met)
