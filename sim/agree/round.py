"""Layers that run behind each other on one core, and what must come of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from convolith.model.arrays import Ints, Words
from convolith.model.compile.program import Program
from convolith.model.dataflow.events import Events
from convolith.model.options.config import ArrayConfig
from convolith.sim.agree.readback import readback
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.expected import expected_events
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.fuzz.trial import Trial

__all__ = ["Expected", "Place", "Round"]


class Place(NamedTuple):
    """Where a step belongs.

    ``layer``: of the round, from 1 on; 0: the activation memory is read back. ``piece``: of the
    layer, from 1 on.
    """

    layer: int
    piece: int

    def __str__(self) -> str:
        if not self.layer:
            return f"reading the activation memory back, part {self.piece}"
        return f"layer {self.layer}" + (f", piece {self.piece}" if self.piece > 1 else "")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the model says of a round.

    Parameters
    ----------
    rows : list of array
        Per step the rows that leave.
    events : list of Events
        Per step when they leave.
    stored : array, optional
        The activation memory at the end, if the core writes it.
    """

    rows: Sequence[Ints]
    events: Sequence[Events]
    stored: Words | None


@dataclass(frozen=True, kw_only=True)
class Round:
    """Layers behind each other, from one reset on, in one environment.

    Parameters
    ----------
    trials : sequence of Trial
        One at least, each a single case with a step at least.
    environment : Environment
    """

    trials: Sequence[Trial]
    environment: Environment

    @cached_property
    def whole(self) -> Trial:
        """All cases in the environment, as they can be saved."""
        if len(self.trials) > 1:
            return Trial.of_all(self.trials, self.environment)
        (one,) = self.trials
        return replace(one, case=replace(one.case, environment=self.environment))

    @property
    def config(self) -> ArrayConfig:
        """The array."""
        return self.whole.case.config

    @cached_property
    def program(self) -> Program:
        """The steps of all layers, and those that read the activation memory back."""
        back = readback(self.config) if self.config.store_results else ()
        return [*self.whole.prepared.program, *back]

    @cached_property
    def places(self) -> list[Place]:
        """Per step its place."""
        found = [
            Place(number, piece)
            for number, layer in enumerate(self.whole.layers, 1)
            for piece in range(1, 1 + len(layer.schedule.pieces))
        ]
        left = len(self.program) - len(found)
        return found + [Place(0, part + 1) for part in range(left)]

    @property
    def layers(self) -> int:
        """How many there are."""
        return len(self.whole.layers)

    @cached_property
    def expected(self) -> Expected:
        """The model's rows and cycles."""
        run = ModelSimulator().run(self.program)
        return Expected(
            rows=run.rows, events=list(expected_events(self.program, self.environment)),
            stored=run.stored,
        )

    def torch_difference(self) -> str:
        """The first layer of which the model gives another result than PyTorch, in words."""
        result = self.whole.prepared.run(ModelSimulator())
        return f"not equal to PyTorch: {result.difference}" if result.difference else ""

    def alone(self, trial: Trial) -> "Round":
        """One of its cases without the others."""
        return replace(self, trials=[trial])
