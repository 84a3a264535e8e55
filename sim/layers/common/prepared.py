"""A layer that the array can compute, everything checked: what is common to all of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.compile.bases import Bases
from convolith.model.compile.program import Program, compile_layer
from convolith.model.compile.schedule import Schedule
from convolith.model.compile.tensors import Tensors
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.padding import pad_input
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.expected import check_run
from convolith.sim.engines.contract.simulator import Fault, Progress, Run, Simulator
from convolith.sim.layers.common.error import FloatError
from convolith.sim.layers.common.judge import Judge
from convolith.sim.layers.common.result import Result
from convolith.sim.waves.recorder import WaveRecorder

__all__ = ["Prepared"]

NOTHING_RUN = Run(rows=[], row_cycles=[], step_cycles=(), loading=0, simulated=0, wall_s=0.0)


@dataclass(frozen=True, kw_only=True)
class Prepared(Tensors, ABC):
    """A layer's tensors as the array takes them, its pieces, and what PyTorch says of it."""

    config: ArrayConfig
    layer: ConvLayer
    schedule: Schedule
    reference: Judge
    unpadded: ConvLayer | None = None
    """The layer as the user has it, where padding other than zeros was put around the input."""
    bases: Bases = field(default_factory=Bases)
    """Where its words begin in the memories, which must have room for them."""

    @property
    @abstractmethod
    def formats(self) -> dict[str, str]:
        """Of ``act`` and ``weight``."""

    @abstractmethod
    def decode(self, given: NDArray[np.int64]) -> NDArray[Any]:
        """What the array gives, as the result's numbers."""

    @property
    def steps(self) -> tuple[float, float]:
        """What 1 stands for in the array's input, and in its weight."""
        return 1.0, 1.0

    @property
    def input_offset(self) -> int:
        """What the host takes from the input to make it signed."""
        return 0

    @property
    def is_linear(self) -> bool:
        """The weight has two axes."""
        return False

    @property
    def scale(self) -> float:
        """An output that is real, not integer: what a step of the array's sums stands for."""
        return 1.0

    @property
    def multipliers(self) -> NDArray[np.float64] | None:
        """By what sums are multiplied to become outputs, (OC,), if they are requantized."""
        return None

    def error(self, output: NDArray[Any]) -> FloatError | None:
        """Of a result against floats that had to be rounded."""
        return None

    @property
    def layers(self) -> "Sequence[Prepared]":
        """Itself, the only one."""
        return [self]

    @property
    def own_layer(self) -> ConvLayer:
        """The layer as the user has it."""
        return self.unpadded or self.layer

    @cached_property
    def source(self) -> Ints | None:
        """For each number of ``x`` its place in the user's input, both flattened.

        None if they are the same.
        """
        own = self.unpadded
        if own is None:
            return None
        places = np.arange(own.N * own.IC * own.IX * own.IY)
        padded: Ints = pad_input(
            places.reshape(own.N, own.IC, own.IX, own.IY), own.padding,
            own.padding_after or own.padding, self.reference.padding_mode,
        )
        return padded.reshape(-1)

    @cached_property
    def program(self) -> Program:
        """What the core is to do; nothing for an empty batch."""
        return compile_layer(self.schedule, self, self.bases)

    @property
    def load_cycles(self) -> int:
        """To write all words, while nothing runs."""
        return self.schedule.load_cycles

    def decoded(self, rows: Sequence[Ints], shape: tuple[int, ...]) -> NDArray[Any]:
        """The result, in PyTorch's shape, that the rows of its steps make."""
        return self.decode(self.schedule.output_tensor(rows).reshape(shape))

    def run(
        self,
        simulator: Simulator,
        *,
        waves: Path | None = None,
        everything: bool = False,
        window: tuple[int, int] | None = None,
        fault: Fault | None = None,
        environment: Environment | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Simulates, beside PyTorch; the parameters are those of `Simulator.run`.

        A waveform has the groups of `sim.waves.variables`, or ``everything`` that the simulator
        knows.

        Raises
        ------
        SimulationError
            If the hardware hung, lost results, or took other cycles than the model says.
        """
        program, run = self.program, NOTHING_RUN
        around: dict[str, Any] = {
            "fault": fault, "environment": environment, "progress": progress
        }
        if program and waves and not everything:
            recorder = WaveRecorder(waves, self.schedule, window)
            try:
                run = simulator.run(program, recorder=recorder, **around)
            finally:
                recorder.close()
        elif program:
            run = simulator.run(program, waves=waves, window=window, **around)
        check_run(run, program, environment)
        expected = self.reference.output()
        output = self.decoded(run.rows, expected.shape)
        return Result(
            schedule=self.schedule,
            reference=self.reference,
            formats=self.formats,
            run=run,
            simulator=simulator.name,
            output=output,
            expected=expected,
            error=self.error(output),
        )

