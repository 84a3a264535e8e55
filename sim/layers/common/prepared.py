"""A layer that the array can compute, everything checked: what is common to all of them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.compile.program import Program, Tensors, compile_layer
from convolith.model.compile.schedule import Schedule
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import NOTHING, Run, Simulator, Watch
from convolith.sim.layers.common.difference import first_difference
from convolith.sim.layers.common.error import FloatError
from convolith.sim.layers.common.judge import Judge
from convolith.sim.layers.common.result import Result

__all__ = ["Prepared"]

NOTHING_RUN = Run(rows=[], row_cycles=[], load_cycles=(), loading=0, simulated=0, wall_s=0.0)


@dataclass(frozen=True, kw_only=True)
class Prepared(Tensors, ABC):
    """A layer's tensors as the array takes them, its passes, and what PyTorch says of it."""

    config: ArrayConfig
    layer: ConvLayer
    schedule: Schedule
    reference: Judge

    @property
    @abstractmethod
    def formats(self) -> dict[str, str]:
        """Of ``act`` and ``weight``."""

    @abstractmethod
    def decode(self, given: NDArray[np.int64]) -> NDArray[Any]:
        """What the array gives, as the result's numbers."""

    def error(self, output: NDArray[Any]) -> FloatError | None:
        """Of a result against floats that had to be rounded."""
        return None

    @cached_property
    def program(self) -> Program:
        """What the core is to do."""
        return compile_layer(self.schedule, self)

    def run(self, simulator: Simulator, watch: Watch = NOTHING) -> Result:
        """Simulates, and compares with PyTorch.

        Raises
        ------
        SimulationError
            If the hardware hung, lost results, or took other cycles than the model says.
        """
        schedule, program = self.schedule, self.program
        run = simulator.run(program, watch) if program.steps else NOTHING_RUN
        run.check(program)
        expected = self.reference.output()
        output = self.decode(schedule.output_tensor(run.rows).reshape(expected.shape))
        left = schedule.output_tensor(run.left)
        return Result(
            schedule=schedule,
            reference=self.reference,
            formats=self.formats,
            run=run,
            simulator=simulator.name,
            output=output,
            expected=expected,
            difference=first_difference(self.layer, expected, output, left),
            error=self.error(output),
        )
