"""The units of a campaign so far, on disk, for ``--resume``."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.native.cache import RUNS, Cache, digest
from convolith.sim.fuzz.features import PAIRS
from convolith.sim.fuzz.kinds import CASES
from convolith.sim.fuzz.met import Met
from convolith.sim.fuzz.unit import Found
from convolith.sim.network.task import code_version
from convolith.sim.report.json_lines import JsonLines
from convolith.sim.report.json_results import NOT_ONE, count

__all__ = ["Journal"]

KNOWN = frozenset(PAIRS)


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
        self.lines = JsonLines(self.path)

    def forget(self) -> Path | None:
        """Begins anew. What was there is kept in the file that is returned, until the next time.

        Raises
        ------
        OSError
            If a file cannot be written.
        """
        kept = None
        if self.path.is_file() and self.path.stat().st_size:
            kept = self.path.replace(self.path.with_suffix(".before.jsonl"))
        self.lines.replace([])
        return kept

    def add(self, found: Found) -> None:
        """Writes a unit's results at once.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        self.lines.add({
            "kind": found.kind, "number": found.number, "counts": found.counts,
            "pairs": [[*pair, times] for pair, times in found.met.pairs.items()],
            "ranges": found.met.ranges,
        })

    def read(self) -> Iterator[Found]:
        """The units that are there, each once; lines that are none are passed over.

        Raises
        ------
        OSError
            If the file is there and cannot be read.
        """
        seen = set()
        for values in self.lines.read():
            try:
                found = _found(values)
            except NOT_ONE:
                continue  # the line was cut off with the run, or is damaged
            if (found.kind, found.number) not in seen:
                seen.add((found.kind, found.number))
                yield found


def _found(values: dict[str, Any]) -> Found:
    """Raises `NOT_ONE` for values of another form."""
    pairs = Counter({(first, second): count(times) for first, second, times in values["pairs"]})
    if values["kind"] not in CASES or not pairs.keys() <= KNOWN:
        raise ValueError("the line must have a kind and pairs that there are")
    ranges = {
        name: (count(least), count(most)) for name, (least, most) in values["ranges"].items()
    }
    return Found(
        values["kind"], count(values["number"]), met=Met(pairs=pairs, ranges=ranges),
        counts=Counter({line: count(cases) for line, cases in values["counts"].items()}),
    )
