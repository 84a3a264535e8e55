"""A layer that the array can compute, everything checked: what is common to all of them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.compile.schedule import Schedule
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.load import Load
from convolith.sim.engines.contract.simulator import Fault, Job, Progress, Run, Simulator
from convolith.sim.layers.common.error import FloatError
from convolith.sim.layers.common.judge import Judge
from convolith.sim.layers.common.passes import Numbers, collect, pass_loads
from convolith.sim.layers.common.result import Result

__all__ = ["Prepared"]

NOTHING_RUN = Run(rows=[], row_cycles=[], load_cycles=(), loading=0, simulated=0, wall_s=0.0)


@dataclass(frozen=True, kw_only=True)
class Prepared(ABC):
    """A layer, its passes, and what PyTorch says of it."""

    config: ArrayConfig
    layer: ConvLayer
    schedule: Schedule
    numbers: Numbers
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

    def loads(self) -> list[Load]:
        """What the core is to do for each pass, with its words."""
        return list(pass_loads(self.schedule, self.numbers))

    def run(
        self,
        simulator: Simulator,
        *,
        waves: Path | None = None,
        window: tuple[int, int] | None = None,
        fault: Fault | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Simulates pass by pass, and compares with PyTorch; the parameters are `Job`'s.

        Raises
        ------
        SimulationError
            If the hardware hung, lost results, or took other cycles than the model says.
        """
        loads = self.loads()
        run = NOTHING_RUN
        if loads:  # an empty batch has none
            run = simulator.run(
                Job(loads=loads, waves=waves, window=window, fault=fault, progress=progress)
            )
        given, left = collect(self.schedule, loads, run)
        expected = self.reference.output()
        output = self.decode(given.reshape(expected.shape))
        return Result(
            schedule=self.schedule,
            reference=self.reference,
            formats=self.formats,
            run=run,
            simulator=simulator.name,
            output=output,
            expected=expected,
            left=left,
            error=self.error(output),
        )
