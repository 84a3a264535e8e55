"""Rounds on all engines: what each of them ran, and the first difference of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from convolith.model.options.config import ArrayConfig
from convolith.sim.agree.comparison import Difference, first_difference
from convolith.sim.agree.engines import MODEL, Engine
from convolith.sim.agree.round import Round
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import Simulator
from convolith.sim.layers.replay import AnyCase

__all__ = ["Agreement", "Finding", "Tally"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An engine that differs, on a configuration.

    Parameters
    ----------
    configuration : str
    round : int
        From 1 on.
    difference : Difference
    case : Case, ChainCase or SequenceCase
        What to run to see it: one of the round's cases if that is enough, else all of them.
    """

    configuration: str
    round: int
    difference: Difference
    case: AnyCase


@dataclass(kw_only=True)
class Tally:
    """What an engine has run.

    ``build_s`` and ``run_s`` are seconds. ``left_out``: per configuration that it could not have,
    the reason.
    """

    engine: Engine
    layers: int = 0
    rows: int = 0
    cycles: int = 0
    build_s: float = 0.0
    run_s: float = 0.0
    left_out: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


class Agreement:
    """Engines that are given the same rounds.

    Parameters
    ----------
    engines : sequence of Engine
    tell : callable
        Is told what begins.
    """

    def __init__(self, engines: Sequence[Engine], tell: Callable[[str], None]):
        self.tell = tell
        self.tallies = [Tally(engine=engine) for engine in engines]
        self.simulators: dict[str, Simulator] = {one.name: one.make() for one in engines}

    @property
    def findings(self) -> list[tuple[Engine, Finding]]:
        """All differences."""
        return [(tally.engine, one) for tally in self.tallies for one in tally.findings]

    def run(self, name: str, config: ArrayConfig, rounds: Sequence[Round]) -> None:
        """Runs a configuration's rounds. An engine that differs is given no more of them.

        Raises
        ------
        BuildError
            If a core cannot be built.
        """
        for tally in self.tallies:
            reason = tally.engine.refusal(config)
            if reason:
                tally.left_out[name] = reason
                continue
            self.tell(f"{name}: {tally.engine.name}")
            began = perf_counter()
            tally.engine.prepared(self.simulators[tally.engine.name], config)
            tally.build_s += perf_counter() - began
            for number, round_ in enumerate(rounds, 1):
                self.tell(f"{name}: {tally.engine.name}, round {number} of {len(rounds)}")
                difference = self.judge(tally, round_)
                if difference:
                    tally.findings.append(Finding(
                        configuration=name, round=number, difference=difference,
                        case=self.smallest(tally.engine, round_),
                    ))
                    break

    def judge(self, tally: Tally, round_: Round) -> Difference | None:
        """Runs a round on an engine, and counts what it ran."""
        expected = round_.expected  # not part of the engine's time
        began = perf_counter()
        difference = self.difference(tally.engine, round_)
        tally.run_s += perf_counter() - began
        tally.layers += round_.layers
        tally.rows += sum(map(len, expected.rows))
        tally.cycles += sum(events.end for events in expected.events)
        return difference

    def difference(self, engine: Engine, round_: Round) -> Difference | None:
        """What an engine does otherwise than the model; what the model does, than PyTorch."""
        if engine.name == MODEL:
            found = round_.torch_difference()
            return Difference(what=found) if found else None
        simulator = self.simulators[engine.name]
        try:
            run = simulator.run(round_.program, environment=round_.environment)
        except SimulationError as error:
            return Difference(what=str(error))
        return first_difference(run, round_)

    def smallest(self, engine: Engine, round_: Round) -> AnyCase:
        """With what an engine differs: one of a round's cases, if one alone is enough."""
        for trial in round_.trials:
            alone = round_.alone(trial)
            if self.difference(engine, alone):
                return alone.whole.case
        return round_.whole.case
