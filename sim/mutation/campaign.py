"""All mutants of all configurations, in several processes; what is known already is kept."""

import json
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from convolith.sim.engines.native.build import build
from convolith.sim.engines.native.cache import Cache, digest
from convolith.sim.engines.native.kind import mutated
from convolith.sim.engines.native.library import Library
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.mutation.design import Design
from convolith.sim.mutation.mutant import Mutant
from convolith.sim.mutation.stages import STAGES, stimuli
from convolith.sim.mutation.stimulus import Stimulus
from convolith.sim.network.processes import Pool

__all__ = ["Journal", "Verdict", "judged"]

AT_A_TIME = 20
"""Mutants that a process judges before it tells."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a mutant.

    Parameters
    ----------
    configuration : str
    number : int
    stage : str
        The stage that found it; empty: none did.
    cause : str
        How: `Stimulus.verdict`.
    """

    configuration: str
    number: int
    stage: str
    cause: str


class Journal:
    """A file with a line per verdict; those of other designs or stages are passed over.

    Parameters
    ----------
    path : Path
    designs : sequence of Design
    """

    def __init__(self, path: Path, designs: Sequence[Design]):
        self.path = path
        self.keys = {
            design.name: digest(design.verilog, json.dumps(STAGES)) for design in designs
        }

    def read(self) -> list[Verdict]:
        """What is there."""
        if not self.path.exists():
            return []
        found = {}
        for line in self.path.read_text().splitlines():
            try:
                values = json.loads(line)
                key = values.pop("key")
                verdict = Verdict(**values)
            except (ValueError, TypeError, KeyError):  # of a run that was ended
                continue
            if self.keys.get(verdict.configuration) == key:
                found[verdict.configuration, verdict.number] = verdict
        return list(found.values())

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """More lines."""
        with self.path.open("a") as file:
            for verdict in verdicts:
                key = self.keys[verdict.configuration]
                file.write(json.dumps({"key": key, **asdict(verdict)}) + "\n")


def judged(
    designs: Sequence[Design], chosen: Sequence[Mutant], seed: int, processes: int, folder: Path,
    tell: Callable[[str], None],
) -> Iterator[list[Verdict]]:
    """The verdicts of mutants, some at a time, as they come.

    ``folder``: where the designs are put for the other processes.

    Raises
    ------
    BuildError
        If a core cannot be built.
    """
    for design in designs:
        tell(f"building the core {design.name}, {len(design.mutants)} mutants")
        (folder / design.name).write_bytes(pickle.dumps(design))
        _library(design)
    with Pool(processes) as pool:
        tasks = []
        for design in designs:
            numbers = [one.number for one in chosen if one.configuration == design.name]
            for first in range(0, len(numbers), AT_A_TIME):
                some = numbers[first : first + AT_A_TIME]
                tasks.append(pool.submit(_judge, folder, design.name, some, seed))
        for task in as_completed(tasks):
            yield task.result()


def _judge(folder: Path, name: str, numbers: Sequence[int], seed: int) -> list[Verdict]:
    return [_verdict(folder, name, number, seed) for number in numbers]


def _verdict(folder: Path, name: str, number: int, seed: int) -> Verdict:
    for stage in STAGES:
        for stimulus in _stimuli(folder, name, stage, seed):
            if cause := stimulus.verdict(number):
                return Verdict(configuration=name, number=number, stage=stage, cause=cause)
    return Verdict(configuration=name, number=number, stage="", cause="")


@cache
def _design(folder: Path, name: str) -> tuple[Design, Library]:
    design: Design = pickle.loads((folder / name).read_bytes())
    return design, _library(design)


@cache
def _stimuli(folder: Path, name: str, stage: str, seed: int) -> list[Stimulus]:
    design, library = _design(folder, name)
    return list(stimuli(stage, design.config, library, VerilatorSimulator(), seed))


def _library(design: Design) -> Library:
    kind = mutated(design.bits)
    return Library(build(design.config, Cache(), kind, design.verilog), design.config, kind)
