"""A drawn case on its way through a simulator: prepared, placed, run, judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.simulator import Simulator
from convolith.sim.fuzz.draw import draw_bases, draw_chain_bases
from convolith.sim.fuzz.features import Features, features, numbers
from convolith.sim.fuzz.numbers import Draw
from convolith.sim.layers.case import Case
from convolith.sim.layers.chain_case import ChainCase, PreparedChain
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.layers.replay import AnyCase
from convolith.sim.layers.sequence_case import PreparedSequence, SequenceCase

__all__ = ["Trial"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A case that the array can compute.

    Parameters
    ----------
    case : Case, ChainCase or SequenceCase
        As it can be saved.
    prepared : Prepared, PreparedChain or PreparedSequence
    """

    case: AnyCase
    prepared: Prepared | PreparedChain | PreparedSequence

    @classmethod
    def of(cls, case: Case | ChainCase, draw: Draw) -> "Trial":
        """Prepares a case; a layer's words get a place in the memories.

        Raises
        ------
        TypeError, ValueError
            If the array cannot take it.
        """
        if isinstance(case, ChainCase):
            chained = case.prepare()
            places = draw_chain_bases(draw, chained.links)
            return cls(case=replace(case, bases=places), prepared=chained.placed(places))
        prepared = case.prepare()
        bases = draw_bases(draw, prepared.schedule)
        return cls(
            case=replace(case, bases=bases), prepared=replace(prepared, bases=bases)
        )

    @classmethod
    def of_all(cls, trials: "Sequence[Trial]", environment: Environment | None) -> "Trial":
        """Single cases behind each other, in one environment."""
        cases, prepared = [], []
        for trial in trials:
            assert not isinstance(trial.case, SequenceCase)
            assert not isinstance(trial.prepared, PreparedSequence)
            cases.append(trial.case)
            prepared.append(trial.prepared)
        return cls(
            case=SequenceCase(cases=cases, environment=environment),
            prepared=PreparedSequence.of(prepared),
        )

    @property
    def parts(self) -> "Sequence[Trial]":
        """Its cases, each by itself, in their environment."""
        if not isinstance(self.case, SequenceCase):
            return [self]
        assert isinstance(self.prepared, PreparedSequence)
        return [
            Trial(case=replace(case, environment=self.case.environment), prepared=prepared)
            for case, prepared in zip(self.case.cases, self.prepared.parts, strict=True)
        ]

    @property
    def layers(self) -> Sequence[Prepared]:
        """Its layers."""
        return self.prepared.layers

    @property
    def load_cycles(self) -> int:
        """To write all words; of a chain, but for what is there already."""
        return self.prepared.load_cycles

    @property
    def cycles(self) -> int:
        """Of all steps, loading included; more if the outputs are not always ready."""
        cycles = sum(layer.schedule.cycles for layer in self.layers)
        percent = self.case.environment.percent if self.case.environment else 100
        return cycles * 100 // percent + self.load_cycles

    @property
    def features(self) -> Features:
        """Those of all layers."""
        return features([part.layers for part in self.parts], self.case.environment)

    def numbers(self) -> Iterator[tuple[str, int]]:
        """Those of all layers."""
        for layer in self.layers:
            yield from numbers(self.case.config, layer, self.case.environment)

    def run(self, simulator: Simulator) -> None:
        """Runs it.

        Raises
        ------
        AssertionError
            If a result is wrong.
        SimulationError
            If the hardware broke its contract.
        """
        result = self.prepared.run(simulator, environment=self.case.environment)
        if result.difference:
            raise AssertionError(f"not equal to PyTorch: {result.difference}")
        if result.run.loading != self.load_cycles:
            raise AssertionError(f"{result.run.loading} cycles to load, not {self.load_cycles}")
