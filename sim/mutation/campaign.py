"""All mutants of all configurations, in several processes; what is known already is kept."""

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from convolith.sim.engines.native.build import build
from convolith.sim.engines.native.cache import Cache, digest
from convolith.sim.engines.native.kind import mutated
from convolith.sim.engines.native.library import Library
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.design import Design, mutated_design
from convolith.sim.mutation.mutant import Key, Mutant
from convolith.sim.mutation.stages import STAGES, Stages
from convolith.sim.report.json_results import NOT_ONE, count

__all__ = ["Journal", "Verdict", "calls", "library", "made"]

AT_A_TIME = 60
"""Mutants that a worker judges before it tells."""

FIRST_STAGE = tuple(STAGES)[:1]


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
        """What is there.

        Raises
        ------
        OSError
            If the file is there and cannot be read.
        """
        if not self.path.exists():
            return []
        found = {}
        for line in self.path.read_text(errors="replace").splitlines():
            try:
                values = json.loads(line)
                mine = self.keys.get(values["configuration"]) == values.pop("key")
                count(values["number"])
                verdict = Verdict(**values)
                if verdict.stage not in ("", *STAGES) or not isinstance(verdict.cause, str):
                    raise ValueError("a verdict must have a stage that there is, and a cause")
            except NOT_ONE:
                continue  # the line was cut off with the run, or is damaged
            if mine:
                found[verdict.configuration, verdict.number] = verdict
        return list(found.values())

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """More lines."""
        with self.path.open("a") as file:
            for verdict in verdicts:
                key = self.keys[verdict.configuration]
                file.write(json.dumps({"key": key, **asdict(verdict)}) + "\n")


def calls(
    designs: Sequence[Design], chosen: Sequence[Mutant], seed: int,
    spared: Container[Key] = (),
) -> Iterator[Callable[[], list[Verdict]]]:
    """Calls for workers, each of which gives the verdicts of some mutants.

    ``spared`` mutants meet the first stage only.
    """
    for design in designs:
        own = [one for one in chosen if one.configuration == design.name]
        for first in range(0, len(own), AT_A_TIME):
            some = own[first : first + AT_A_TIME]
            stages = {
                one.number: FIRST_STAGE if one.key in spared else tuple(STAGES) for one in some
            }
            yield partial(_judge, design, stages, seed)


def made(name: str, mutants: int, seed: int, *, built: bool) -> Design:
    """The core of a configuration with so many mutants, and its library, if it is to be built.

    Raises
    ------
    SynthesisError
        If Yosys is missing, or fails.
    BuildError
        If it cannot be built.
    """
    design = mutated_design(name, CONFIGURATIONS[name], mutants, seed)
    if built:
        library(design)
    return design


def library(design: Design) -> Library:
    """The core with mutants, built unless it is in the cache.

    Raises
    ------
    BuildError
        If it cannot be built.
    """
    kind = mutated(design.bits)
    return Library(build(design.config, Cache(), kind, design.verilog), design.config, kind)


class Bench:
    """A core with mutants in this process, and the stimuli that it meets."""

    def __init__(self, design: Design, seed: int):
        self.name, self.library = design.name, library(design)
        self.stages = Stages(design.config, self.library, seed)

    def verdict(self, number: int, stages: Iterable[str]) -> Verdict:
        """What becomes of a mutant in some stages."""
        for stage in stages:
            for stimulus in self.stages[stage]:
                if cause := stimulus.verdict(self.library, number):
                    return Verdict(
                        configuration=self.name, number=number, stage=stage, cause=cause
                    )
        return Verdict(configuration=self.name, number=number, stage="", cause="")


BENCHES: dict[str, Bench] = {}
"""Those of this process."""


def _judge(design: Design, stages: Mapping[int, Iterable[str]], seed: int) -> list[Verdict]:
    key = digest(design.verilog, str(seed))
    if key not in BENCHES:
        BENCHES[key] = Bench(design, seed)
    return [BENCHES[key].verdict(number, of) for number, of in stages.items()]
