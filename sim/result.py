"""What a convolution on the array gave, as an object, as JSON and as a line of a table."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model import cycles
from convolith.model.layer import ConvLayer
from convolith.model.tiling import Tiling
from convolith.sim.difference import Difference, first_difference
from convolith.sim.simulator import Run

__all__ = ["Result", "layer_json"]


@dataclass(frozen=True, kw_only=True)
class Result:
    """One simulated layer beside PyTorch's result.

    Parameters
    ----------
    tiling : Tiling
    run : Run
    simulator : str
    output, expected : arrays of ``layer.y_shape``
        The array's result and PyTorch's.
    model_cycles : int
        What the cycle model says.
    biased : bool
        A bias was added.
    """

    tiling: Tiling
    run: Run
    simulator: str
    output: NDArray[np.generic]
    expected: NDArray[np.generic]
    model_cycles: int
    biased: bool = False

    @cached_property
    def difference(self) -> Difference | None:
        """The first wrong output, if any."""
        return first_difference(self.tiling, self.expected, self.output, self.run.row_cycles)

    @property
    def equal(self) -> bool:
        """Every output is PyTorch's."""
        return self.difference is None

    @property
    def cycles(self) -> int:
        """What the RTL took, as `Run` counts it."""
        return self.run.cycles

    @property
    def utilization(self) -> float:
        """MACs over what the multipliers could have done in ``cycles``."""
        return cycles.utilization(self.tiling, self.cycles)

    def as_json(self) -> dict[str, Any]:
        """The keys of ``convolith run --json``."""
        return {
            "equal": self.equal,
            "cycles": self.cycles,
            "model_cycles": self.model_cycles,
            "load_cycles": self.run.load_cycles,
            "macs": self.tiling.layer.macs,
            "utilization": self.utilization,
            "simulator": self.simulator,
            "wall_s": self.run.wall_s,
            "cycles_per_s": self.run.simulated / self.run.wall_s,
            "layer": layer_json(self.tiling.layer) | {"bias": self.biased},
            "config": asdict(self.tiling.config),
            "first_difference": self.difference.as_json() if self.difference else None,
        }


def layer_json(layer: ConvLayer) -> dict[str, Any]:
    """The shape with PyTorch's names; lists have one entry per axis."""
    shapes = {"input": layer.x_shape, "weight": layer.w_shape, "output": layer.y_shape}
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in {"dims": layer.dims, **shapes, **layer.torch_arguments()}.items()
    }
