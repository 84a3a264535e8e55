"""All mutants of all configurations, in several processes; what is known already is kept."""

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
from convolith.sim.mutation.stage import STAGES
from convolith.sim.mutation.stages import Stages
from convolith.sim.network.task import code_version
from convolith.sim.report.json_lines import JsonLines, typed

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
    """A file with a line per verdict; those of other designs or other code are passed over.

    Parameters
    ----------
    path : Path
    designs : sequence of Design
    """

    def __init__(self, path: Path, designs: Sequence[Design]):
        self.path, self.lines = path, JsonLines(path)
        self.keys = {
            design.name: digest(design.verilog, code_version(design.config)) for design in designs
        }

    def read(self) -> list[Verdict]:
        """What is there.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        found = {}
        for values in self.lines.read():
            key = values.pop("key", None)
            try:
                verdict = typed(Verdict, values)
            except TypeError:  # the line is damaged
                continue
            known = verdict.stage in ("", *STAGES)
            if known and self.keys.get(verdict.configuration) == key:
                found[verdict.configuration, verdict.number] = verdict
        return list(found.values())

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """More lines.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        for verdict in verdicts:
            self.lines.add({"key": self.keys[verdict.configuration], **asdict(verdict)})


def calls(
    designs: Sequence[Design], chosen: Sequence[Mutant], seed: int,
    spared: Container[Key] = (),
) -> Iterator[Callable[[], list[Verdict]]]:
    """Calls for workers, each of which gives the verdicts of some mutants.

    ``spared`` mutants meet the first stage only. Cores with lanes meet the most stages: theirs come
    first, so that no process is left with them at the end.
    """
    for design in sorted(designs, key=lambda design: not design.config.post_lanes):
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
