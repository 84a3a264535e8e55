"""The cases of a unit, drawn one after the other."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from convolith.model.options.config import ArrayConfig
from convolith.sim.fuzz.chains import draw_chain
from convolith.sim.fuzz.draw import draw_call, draw_config, draw_environment
from convolith.sim.fuzz.features import ANOTHER, Pair, suits
from convolith.sim.fuzz.kinds import KINDS, ORDER, Kind
from convolith.sim.fuzz.numbers import Draw, drawing
from convolith.sim.fuzz.trial import Trial
from convolith.sim.layers.case import Case
from convolith.sim.layers.chain_case import ChainCase
from convolith.sim.layers.replay import AnyCase

__all__ = ["REFUSED", "TOO_LONG", "Drawn", "Unit", "draw_case", "drawn_cases"]

T = TypeVar("T")

REFUSED, TOO_LONG = "refused", "too long"

ATTEMPTS, FIRST_ATTEMPTS = 5, 400
"""Cases that are drawn to grant a wish: for each of a unit's cases, and for the first one. Also
those that are drawn for each case of a sequence until one can be run."""

EVERY_LONGEST = 25
"""Of so many cases one is as long as the registers hold, in kinds that have such."""

DEEP_BITS = 16
"""Of the registers for shapes, and of a memory's addresses, for such a case."""

MOST_BEHIND = 4
"""Cases of a sequence."""

REFUSALS = re.compile(
    r"\w+_words must be at least \d+ for this layer's smallest piece, not \d+"
    r"|acc_bits must be at least \d+ for this weight.*"
    r"|(?:the|a) [\w' ]+ must be less than 2\*\*\(?(size|addr)_bits.*"
    r"|a layer must be at most [\d,]+ pieces, not [\d,]+: deeper memories make larger ones"
    r"|these layers cannot be a chain on this array"
)
"""Errors with which a case that PyTorch accepts may be refused."""


@dataclass(frozen=True)
class Unit:
    """A unit's kind, seed and number, and a wish. All of its cases follow from these."""

    kind: str
    seed: int
    number: int
    wish: Pair | None = None

    def draw(self, *which: int) -> Draw:
        """A random generator for one purpose, ``which``."""
        return drawing(self.numbers(*which))

    def numbers(self, *which: int) -> np.random.Generator:
        """NumPy's random generator for one purpose, ``which``."""
        return np.random.default_rng(
            (self.seed, ORDER.index(self.kind), self.number, *which)
        )

    @property
    def surrounded(self) -> bool:
        """Its cases have environments: those of every other unit, or if the wish is such."""
        wished = self.wish is not None and "outputs: wait" in self.wish
        return KINDS[self.kind].of_rtl and (wished or self.number % 2 == 1)

    def form(self, number: int) -> str:
        """That of a case (`draw_case`): every sixth is a sequence, or each, if the wish is such."""
        if self.wish is not None and ANOTHER in self.wish:
            return "sequence"
        if KINDS[self.kind].longest and number % EVERY_LONGEST == EVERY_LONGEST - 1:
            return "longest"
        mine = KINDS[self.kind].of_rtl and self.draw(number, 1)(1, 6) == 6
        return "sequence" if mine else ""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A case that was drawn.

    Parameters
    ----------
    case : Case, ChainCase or SequenceCase
    trial : Trial, optional
        The case, if it can be run.
    line : str
        Else the line under which it counts.
    error : Exception, optional
        It is refused, and should not be.
    """

    case: AnyCase
    trial: Trial | None = None
    line: str = ""
    error: Exception | None = None

    def grants(self, wish: Pair | None) -> bool:
        """Whether it is what was wished."""
        return not wish or (self.trial is not None and wish in self.trial.features.pairs)

    @property
    def count(self) -> int:
        """Cases in it: several, if they run behind each other."""
        return len(self.trial.parts) if self.trial else 1


def drawn_cases(unit: Unit) -> Iterator[Drawn]:
    """The unit's cases. With a wish, its first case grants it, and so do others, if it can be."""
    kind = KINDS[unit.kind]
    first = _first(unit, kind)
    yield first
    number = first.count
    while number < kind.cases:
        draw, form = unit.draw(number), unit.form(number)
        for _ in range(ATTEMPTS):
            config = _config(draw, unit, kind)
            if kind.one_core:
                depths = {name: getattr(config, name) for name in ("act_words", "weight_words")}
                config = replace(first.case.config, **depths)
            if form == "longest":
                config = _deep(config, kind)
            found = draw_case(draw, config, kind, surrounded=unit.surrounded, form=form)
            if found.grants(unit.wish):
                break
        yield found
        number += found.count


def _first(unit: Unit, kind: Kind) -> Drawn:
    """The unit's first case, on whose array all others run if the unit has one core."""
    draw, form = unit.draw(), unit.form(0)
    for _ in range(FIRST_ATTEMPTS):
        config = _config(draw, unit, kind)
        found = draw_case(draw, config, kind, surrounded=unit.surrounded, form=form)
        if found.grants(unit.wish):
            break
    return found


def _config(draw: Draw, unit: Unit, kind: Kind) -> ArrayConfig:
    """An array: with a wish, one whose options do not exclude it."""
    while True:
        config = _drawn(draw, draw_config, small=True, **kind.array)
        if not unit.wish or suits(config, unit.wish):
            return config


def _deep(config: ArrayConfig, kind: Kind) -> ArrayConfig:
    """With the deepest memory of activations; and with the longest registers, if it can be."""
    if not kind.one_core:
        config = replace(config, size_bits=DEEP_BITS, addr_bits=DEEP_BITS)
    return replace(config, act_words=1 << min(DEEP_BITS, config.addr_bits))


def draw_case(
    draw: Draw, config: ArrayConfig, kind: Kind, *, surrounded: bool, form: str = ""
) -> Drawn:
    """A case for an array.

    ``form``: a ``chain`` or a ``sequence``, if the numbers make one, or of the forms of
    `draw_call`.
    """
    if form == "sequence":
        return _sequence(draw, config, kind, surrounded=surrounded)
    case: Case | ChainCase | None = None
    single = form in ("delayed", "longest")
    if config.store_results and not single and (form == "chain" or draw(0, 1)):
        case = draw_chain(draw, config, form=form, **kind.call)
    if case is None:
        call = _drawn(draw, draw_call, size_bits=config.size_bits, form=form, **kind.call)
        case = call.case(config, draw(0, 1 << 30))
    if surrounded:
        case = replace(case, environment=draw_environment(draw))
    try:
        trial = Trial.of(case, draw)
    except ValueError as error:
        if REFUSALS.fullmatch(str(error)):
            return Drawn(case=case, line=REFUSED)
        return Drawn(case=case, error=error)
    except Exception as error:  # any error is a case to look at
        return Drawn(case=case, error=error)
    if trial.cycles > kind.most_cycles:
        return Drawn(case=case, line=TOO_LONG)
    return Drawn(case=trial.case, trial=trial)


def _sequence(draw: Draw, config: ArrayConfig, kind: Kind, *, surrounded: bool) -> Drawn:
    """Two cases or more behind each other; or a single one, if the array can run no two of them.

    Where the array shares words, some are of depthwise layers, of which every other one is
    `delayed`.
    """
    forms = [""] * draw(2, MOST_BEHIND)
    if config.shares_words and draw(0, 2) == 0:
        forms = (["depthwise", "delayed"] * MOST_BEHIND)[: len(forms)]
    trials: list[Trial] = []
    for form in forms:
        for _ in range(ATTEMPTS):
            found = draw_case(draw, config, kind, surrounded=False, form=form)
            if found.error:
                return found
            if found.trial and found.trial.prepared.program:
                trials.append(found.trial)
                break
    if len(trials) < 2:
        return draw_case(draw, config, kind, surrounded=surrounded)
    trial = Trial.of_all(trials, draw_environment(draw) if surrounded else None)
    if trial.cycles > kind.most_cycles * len(trials):
        return Drawn(case=trial.case, line=TOO_LONG)
    return Drawn(case=trial.case, trial=trial)


def _drawn(draw: Draw, function: Callable[..., T | None], **limits: Any) -> T:
    """Calls ``function`` until it draws something."""
    while (result := function(draw, **limits)) is None:
        pass
    return result
