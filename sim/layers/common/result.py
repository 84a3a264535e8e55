"""What a convolution on the array gave, as an object, as JSON and as a line of a table."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.compile.schedule import Schedule
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import Run
from convolith.sim.layers.common.difference import Difference, first_difference
from convolith.sim.layers.common.error import FloatError
from convolith.sim.layers.common.judge import Judge

__all__ = ["RESULT_HEADER", "Result", "layer_json"]

RESULT_HEADER = ("case", "shape", "array", "equal", "cycles", "model", "MACs", "utilization")


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """One simulated layer beside PyTorch's result.

    Parameters
    ----------
    schedule : Schedule
    reference : Judge
    formats : dict
        Number formats of ``act`` and ``weight``, as Qm.n.
    run : Run
    simulator : str
    output, expected : arrays of PyTorch's shape
        The array's result and PyTorch's, of the same numbers.
    error : FloatError, optional
        Of both against the result of the floats that had to be rounded.
    """

    schedule: Schedule
    reference: Judge
    formats: dict[str, str]
    run: Run
    simulator: str
    output: Any
    expected: NDArray[np.generic]
    error: FloatError | None = None

    @property
    def layer(self) -> ConvLayer:
        """As the array had it: with what the host put around the input, if it did."""
        return self.schedule.layer

    @property
    def config(self) -> ArrayConfig:
        """The array's."""
        return self.schedule.config

    @cached_property
    def difference(self) -> Difference | None:
        """The first wrong output, if any."""
        exits = self.schedule.output_tensor(self.run.exit_cycles)
        return first_difference(self.layer, self.expected, self.output, exits)

    @property
    def quantized(self) -> bool:
        """It is of bytes, not of sums."""
        return self.engine is not None

    @property
    def engine(self) -> str | None:
        """Whose arithmetic a quantized layer has."""
        return self.reference.engine

    @property
    def equal(self) -> bool:
        """Every output is PyTorch's."""
        return self.difference is None

    @property
    def cycles(self) -> int:
        """What the RTL took, as `Run` counts it."""
        return self.run.cycles

    @property
    def model_cycles(self) -> int:
        """What the cycle model says."""
        return self.schedule.cycles

    @property
    def utilization(self) -> float:
        """MACs over what the multipliers could have done in ``cycles``; 0 for an empty batch."""
        return _share(self.layer.macs, self.cycles * self.config.multipliers)

    def __repr__(self) -> str:
        return "\n  ".join([f"{type(self).__name__}: {self.summary}", *self.remarks])

    @property
    def summary(self) -> str:
        """The layer, whether it is right, and how long it took, in a line."""
        equal = "equal" if self.equal else "NOT equal"
        return (
            f"{self.layer} on {self.config.shape}: {equal} to {self.reference.name}; "
            f"{self.cycles:,} cycles, utilization {self.utilization:.1%} ({self.simulator})"
        )

    @property
    def rounding(self) -> str | None:
        """To what floats were rounded, and what that has cost, in a line; None if none were."""
        if not self.error:
            return None
        formats = ", ".join(f"{name} {text}" for name, text in self.formats.items())
        return f"rounded to {formats}; against floating point: {self.error}"

    @property
    def remarks(self) -> list[str]:
        """What was rounded, and what is wrong, a line each."""
        wrong = f"not equal to PyTorch: {self.difference}" if self.difference else None
        return [line for line in (self.rounding, wrong) if line]

    def cells(self, name: str) -> tuple[str, ...]:
        """A line of a table with RESULT_HEADER's columns."""
        return (
            name,
            str(self.layer),
            self.config.shape,
            "yes" if self.equal else "NO",
            f"{self.cycles:,}",
            f"{self.model_cycles:,}",
            f"{self.layer.macs:,}",
            f"{self.utilization:.1%}",
        )

    def as_json(self) -> dict[str, Any]:
        """The keys of ``convolith run --json``."""
        loading = self.schedule.load_cycles
        return {
            "equal": self.equal,
            "cycles": self.cycles,
            "model_cycles": self.model_cycles,
            "load_cycles": loading,
            "macs": self.layer.macs,
            "utilization": self.utilization,
            "utilization_with_loading": _share(
                self.layer.macs, (self.cycles + loading) * self.config.multipliers
            ),
            "passes": len(self.schedule.pieces),
            "mapping": self.schedule.mapping,
            "words": self.schedule.words,
            "simulator": self.simulator,
            "wall_s": self.run.wall_s,
            "cycles_per_s": _share(self.run.simulated, self.run.wall_s),
            "layer": layer_json(self.layer)
            | {
                "bias": self.reference.bias is not None,
                "padding_mode": self.reference.padding_mode,
            },
            "config": asdict(self.config),
            "formats": self.formats,
            "compared_with": self.reference.name,
            "engine": self.engine,
            "float_error": self.error.as_json() if self.error else None,
            "first_difference": self.difference.as_json() if self.difference else None,
        }


def _share(part: float, whole: float) -> float:
    """Of nothing it is 0."""
    return part / whole if whole else 0.0


def layer_json(layer: ConvLayer) -> dict[str, Any]:
    """The shape with PyTorch's names; lists have one entry per axis."""
    shapes = {"input": layer.x_shape, "weight": layer.w_shape, "output": layer.y_shape}
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in {"dims": layer.dims, **shapes, **layer.arguments()}.items()
    }
