"""A unit: the part of a campaign that one process runs at a time."""

import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from convolith.model.options.config import POST_MODES
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.simulator import Simulator
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.fuzz import sums
from convolith.sim.fuzz.kinds import KINDS, SUMS
from convolith.sim.fuzz.met import Met
from convolith.sim.fuzz.rtl_sums import wrong_sums
from convolith.sim.fuzz.traits import traits
from convolith.sim.fuzz.trial import Trial
from convolith.sim.fuzz.trials import Unit, drawn_cases
from convolith.sim.layers.replay import AnyCase

__all__ = ["EQUAL", "Failure", "Found", "run_unit"]

EQUAL = "equal"


@dataclass(frozen=True)
class Failure:
    """A case that failed: the reason, and the case, if it can be run by itself."""

    name: str
    why: str
    case: AnyCase | None


@dataclass
class Found:
    """The results of a unit: its number, numbers of cases, and the cases that failed."""

    kind: str
    number: int
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    met: Met = field(default_factory=Met)

    def add(self, trial: Trial) -> None:
        """A case whose results are all equal, or several behind each other."""
        self.counts.update({EQUAL: len(trial.parts)})
        self.counts.update(traits(trial))
        self.met.add(trial)


def run_unit(unit: Unit) -> Found:
    """Runs a unit up to its first failing case."""
    if unit.kind in SUMS:
        return _run_sums(unit)
    with TemporaryDirectory(prefix="convolith-fuzz-") as folder:  # no other unit has these cores
        simulator = KINDS[unit.kind].simulator or unit.kind
        return _run_cases(unit, _simulator(simulator, Cache(Path(folder))))


def _run_cases(unit: Unit, simulator: Simulator) -> Found:
    found = Found(unit.kind, unit.number)
    for number, drawn in enumerate(drawn_cases(unit)):
        if drawn.line:
            found.counts[drawn.line] += 1
            continue
        try:
            if drawn.error:
                raise drawn.error
            assert drawn.trial
            drawn.trial.run(simulator)
        except Exception as error:  # any error is a case to look at
            why = "".join(traceback.format_exception_only(error)).strip()
            name = f"{unit.kind}-{unit.seed}-{unit.number}-{number}"
            found.failures.append(Failure(name, why, drawn.case))
            break
        found.add(drawn.trial)
    return found


def _run_sums(unit: Unit) -> Found:
    """Runs a unit of sums."""
    found = Found(unit.kind, unit.number)
    name = f"{unit.kind}-{unit.seed}-{unit.number}"
    if unit.kind == "sums":
        for number in range(SUMS[unit.kind] // sums.CASES):
            engine = ("qnnpack", "fbgemm")[number % 2]
            case = sums.draw_sums(engine, unit.numbers(number)).wrong()
            if case:
                found.failures.append(Failure(name, f"not equal to PyTorch's {engine}", case))
                return found
    else:
        simulator = _simulator(unit.kind.removeprefix("sums-"), Cache())
        for number, mode in enumerate(POST_MODES):
            count = SUMS[unit.kind] // len(POST_MODES)
            if why := wrong_sums(simulator, mode, unit.numbers(number), count):
                found.failures.append(Failure(name, why, None))
                return found
    found.counts[EQUAL] = SUMS[unit.kind]
    return found


def _simulator(name: str, cache: Cache) -> Simulator:
    if name == "model":
        return ModelSimulator()
    return AmaranthSimulator() if name == "amaranth" else VerilatorSimulator(cache)
