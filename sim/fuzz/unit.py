"""A unit: the part of a campaign that one process runs at a time."""

import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from convolith.model.options.config import POST_MODES
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.simulator import Simulator
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.fuzz import sums
from convolith.sim.fuzz.draw import Draw, draw_call, draw_config
from convolith.sim.fuzz.kinds import CASES, KINDS, SUMS
from convolith.sim.fuzz.rtl_sums import wrong_sums
from convolith.sim.layers.case import Case
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.layers.quantized.convolution import QuantizedConvolution

T = TypeVar("T")

EQUAL, REFUSED, TOO_LONG = "equal", "refused", "too long"

__all__ = [
    "EQUAL",
    "REFUSED",
    "TOO_LONG",
    "TRAITS",
    "Failure",
    "Found",
    "Unit",
    "run_unit",
]


TRAITS = (
    "plain", "folded", "groups as one", "shared words", "packed tiles", "rows in pairs",
    "split", "partial sums", "bias", "unsigned", "rounded", "padding mode", "quantized",
)
"""Properties that an equal case can have. It can have several."""

REFUSALS = re.compile(
    r"\w+_words must be at least \d+ for this layer's smallest piece, not \d+"
    r"|acc_bits must be at least \d+ for this weight.*"
)
"""Errors with which a case that PyTorch accepts may be refused."""


@dataclass(frozen=True)
class Unit:
    """A unit's kind, seed and number. All of its cases follow from these."""

    kind: str
    seed: int
    number: int

    def draw(self, *which: int) -> Draw:
        """A random generator for one purpose, ``which``."""
        rng = self.numbers(*which)
        return lambda low, high: int(rng.integers(low, high + 1))

    def numbers(self, *which: int) -> np.random.Generator:
        """NumPy's random generator for one purpose, ``which``."""
        return np.random.default_rng(
            (self.seed, list(CASES).index(self.kind), self.number, *which)
        )


@dataclass(frozen=True)
class Failure:
    """A case that failed: the reason, and the case, if it can be run by itself."""

    name: str
    why: str
    case: Case | None


@dataclass
class Found:
    """The results of a unit: numbers of cases, and the cases that failed."""

    kind: str
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)


def run_unit(unit: Unit, folder: Path) -> Found:
    """Runs a unit up to its first failing case. Cores are built in ``folder``."""
    if unit.kind in SUMS:
        return _run_sums(unit, folder)
    simulator = _simulator(unit.kind, folder)
    found = Found(unit.kind, Counter())
    for number, case in enumerate(_cases(unit)):
        try:
            found.counts.update(_run(case, simulator, KINDS[unit.kind].most_cycles))
        except Exception as error:  # any error is a case to look at
            why = "".join(traceback.format_exception_only(error)).strip()
            name = f"{unit.kind}-{unit.seed}-{unit.number}-{number}"
            found.failures.append(Failure(name, why, case))
            break
    return found


def _run_sums(unit: Unit, folder: Path) -> Found:
    """Runs a unit of sums."""
    found = Found(unit.kind, Counter())
    name = f"{unit.kind}-{unit.seed}-{unit.number}"
    if unit.kind == "sums":
        for number in range(SUMS[unit.kind] // sums.CASES):
            engine = ("qnnpack", "fbgemm")[number % 2]
            case = sums.draw_sums(engine, unit.numbers(number)).wrong()
            if case:
                found.failures.append(Failure(name, f"not equal to PyTorch's {engine}", case))
                return found
    else:
        simulator = _simulator(unit.kind.removeprefix("sums-"), folder)
        for number, mode in enumerate(POST_MODES):
            count = SUMS[unit.kind] // len(POST_MODES)
            if why := wrong_sums(simulator, mode, unit.numbers(number), count):
                found.failures.append(Failure(name, why, None))
                return found
    found.counts[EQUAL] = SUMS[unit.kind]
    return found


@cache
def _simulator(kind: str, folder: Path) -> Simulator:
    if kind == "model":
        return ModelSimulator()
    return AmaranthSimulator() if kind == "amaranth" else VerilatorSimulator(Cache(folder))


def _cases(unit: Unit) -> Iterator[Case]:
    kind = KINDS[unit.kind]
    array = _drawn(unit.draw(), draw_config, small=True, **kind.array)
    for number in range(kind.cases):
        draw = unit.draw(number)
        other = _drawn(draw, draw_config, small=True, **kind.array)
        if kind.one_core:
            depths = {name: getattr(other, name) for name in ("act_words", "weight_words")}
            other = replace(array, **depths)
        yield _drawn(draw, draw_call, **kind.call).case(other, draw(0, 1 << 30))


def _drawn(draw: Draw, function: Callable[..., T | None], **limits: Any) -> T:
    """Calls ``function`` until it draws something."""
    while (result := function(draw, **limits)) is None:
        pass
    return result


def _run(case: Case, simulator: Simulator, most_cycles: int) -> list[str]:
    """Runs a case, and returns the lines under which it counts. Raises if anything is wrong."""
    try:
        convolution = case.prepare()
    except ValueError as error:
        if REFUSALS.fullmatch(str(error)):
            return [REFUSED]
        raise
    schedule = convolution.schedule
    if schedule.cycles + schedule.load_cycles > most_cycles:
        return [TOO_LONG]
    result = convolution.run(simulator)  # refuses other cycles than the model's
    if result.difference:
        raise AssertionError(f"not equal to PyTorch: {result.difference}")
    if result.run.loading != schedule.load_cycles:
        raise AssertionError(f"{result.run.loading} cycles to load, not {schedule.load_cycles}")
    return [EQUAL, *_traits(convolution)]


def _traits(convolution: Convolution | QuantizedConvolution) -> Iterator[str]:
    """The special properties of a convolution (`TRAITS`)."""
    pieces = convolution.schedule.pieces
    if any(piece.mapping.name == "plain" for piece in pieces):
        yield "plain"
    if any(piece.mapping.fold for piece in pieces):
        yield "folded"
    if any(piece.mapping.merge > 1 for piece in pieces):
        yield "groups as one"
    labels = {piece.mapping.kind.label for piece in pieces}
    yield from (trait for trait in TRAITS if any(label.startswith(trait) for label in labels))
    if len(pieces) > 1:
        yield "split"
    if not all(piece.last for piece in pieces):
        yield "partial sums"
    if convolution.reference.bias is not None:
        yield "bias"
    if isinstance(convolution, QuantizedConvolution):
        yield "quantized"
    elif convolution.act.offset:
        yield "unsigned"
    if isinstance(convolution, Convolution) and convolution.rounded:
        yield "rounded"
    if convolution.reference.padding_mode != "zeros":
        yield "padding mode"
