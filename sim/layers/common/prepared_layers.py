"""Layers that run behind each other on one core, everything checked, and what they gave."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Words
from convolith.model.compile.program import Program
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.expected import check_run
from convolith.sim.engines.contract.simulator import Progress, Run, Simulator
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.layers.common.prepared import Prepared

__all__ = ["LayersResult", "PreparedLayers", "steps_of"]


@dataclass(frozen=True, kw_only=True)
class LayersResult:
    """What the layers gave, beside PyTorch's.

    Parameters
    ----------
    run : Run
    outputs, expected : list of arrays
        Per layer.
    """

    run: Run
    outputs: Sequence[NDArray[Any]]
    expected: Sequence[NDArray[Any]]

    @property
    def difference(self) -> str | None:
        """The first layer that differs, and where, in words."""
        for number, (output, expected) in enumerate(
            zip(self.outputs, self.expected, strict=True), 1
        ):
            if not np.array_equal(output, expected):
                at = np.unravel_index(np.argmax(output != expected), expected.shape)
                place = ", ".join(str(int(index)) for index in at)
                return f"layer {number}, output [{place}]: {output[at]}, not {expected[at]}"
        return None


def steps_of(layers: Sequence[Prepared], found: Sequence[Any]) -> list[list[Any]]:
    """What is there for each step of a program of these layers, a list for each layer."""
    left = iter(found)
    return [list(islice(left, len(layer.schedule.pieces))) for layer in layers]


@dataclass(frozen=True, kw_only=True)
class PreparedLayers(ABC):
    """Layers that the array can compute behind each other, from one reset on.

    Parameters
    ----------
    layers : sequence of Prepared
        With a step for each of their pieces.
    """

    layers: Sequence[Prepared]

    @property
    @abstractmethod
    def program(self) -> Program:
        """The steps of all layers."""

    @property
    def load_cycles(self) -> int:
        """To write all words that are not there already, while nothing runs."""
        return sum(step.load_cycles for step in self.program)

    def run(
        self, simulator: Simulator, *, environment: Environment | None = None,
        progress: Progress | None = None,
    ) -> LayersResult:
        """Simulates, beside PyTorch.

        In an environment, the whole activation memory is compared as well, if the core writes it:
        with what is stored by definition, and with the inputs; its other words are zeros.

        Raises
        ------
        SimulationError
            If the hardware hung, took other cycles than the model, or stored something else.
        """
        run = simulator.run(self.program, environment=environment, progress=progress)
        check_run(run, self.program, environment)
        if run.stored is not None and environment:
            self.check_memory(run.stored)
        return self.result(run)

    def result(self, run: Run) -> LayersResult:
        """A run of the program, beside PyTorch."""
        expected = [layer.reference.output() for layer in self.layers]
        outputs = [
            layer.decoded(rows, wanted.shape)
            for layer, rows, wanted in zip(
                self.layers, steps_of(self.layers, run.rows), expected, strict=True
            )
        ]
        return LayersResult(run=run, outputs=outputs, expected=expected)

    def check_memory(self, stored: Words) -> None:
        """Compares the activation memory at the end of a run with the model's.

        Raises
        ------
        SimulationError
            If a word differs.
        """
        expected = ModelSimulator().run(self.program).stored
        assert expected is not None
        if not np.array_equal(stored, expected):
            word, lane = np.unravel_index(np.argmax(stored != expected), expected.shape)
            raise SimulationError(
                f"the activation memory has {stored[word, lane]} in lane {lane} of word "
                f"{word}, not {expected[word, lane]}"
            )
