"""A convolution as it was asked for, array included; and as a file, to be run again."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from convolith.model.arrays import Array
from convolith.model.compile.bases import Bases
from convolith.model.options.config import ArrayConfig
from convolith.model.quantization.layer import QuantizedLayer
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.layers.case_file import (
    checked_arguments,
    checked_quantized,
    read_bases,
    read_config,
    read_environment,
    written_content,
)
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.layers.quantized.convolution import QuantizedConvolution
from convolith.sim.layers.quantized.description import described_layer

__all__ = ["Case"]

T = TypeVar("T", Convolution, QuantizedConvolution)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What `Convolution.prepare` takes.

    Parameters
    ----------
    config : ArrayConfig
    x, w, bias : arrays
    arguments : dict
        stride, padding, dilation, groups, padding_mode, exact, plain.
    quantized : dict, optional
        Scales, zero points and engine of a quantized layer (`described_layer`).
    bases : Bases
        Where its words begin in the memories.
    environment : Environment, optional
        What surrounds the core.
    """

    config: ArrayConfig
    x: Array
    w: Array
    bias: Array | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    quantized: dict[str, Any] | None = None
    bases: Bases = field(default_factory=Bases)
    environment: Environment | None = None

    def prepare(self) -> Convolution | QuantizedConvolution:
        """Checks it; raises what their ``prepare`` raises."""
        if self.quantized is None:
            plain = Convolution.prepare(self.config, self.x, self.w, self.bias, **self.arguments)
            return self._placed(plain)
        arguments = {name: value for name, value in self.arguments.items() if name != "exact"}
        quantized = QuantizedConvolution.prepare(self.config, self.layer, self.x, **arguments)
        return self._placed(quantized)

    def _placed(self, prepared: T) -> T:
        if self.bases == Bases():
            return prepared
        self.bases.check(prepared.schedule.last_bases)
        return replace(prepared, bases=self.bases)

    @property
    def layer(self) -> QuantizedLayer:
        """The quantized layer."""
        assert self.quantized is not None
        groups = self.arguments.get("groups", 1)
        return described_layer(self.quantized, self.w, self.bias, groups=groups)

    @property
    def arrays(self) -> dict[str, Array | None]:
        """Its tensors, as a file has them."""
        return {"x": self.x, "w": self.w, "bias": self.bias}

    @property
    def text(self) -> dict[str, Any]:
        """All else but its array and its environment, for JSON."""
        return {
            "arguments": self.arguments, "quantized": self.quantized, "bases": asdict(self.bases)
        }

    def content(self) -> bytes:
        """As a file: the tensors, and ``case``, JSON of all else."""
        return written_content(self.config, self.environment, self.arrays, **self.text)

    @classmethod
    def read(cls, text: dict[str, Any], arrays: dict[str, Array]) -> "Case":
        """From the content of a file; raises all kinds of errors if it is damaged."""
        quantized = text.get("quantized")
        return cls(
            config=read_config(text), arguments=checked_arguments(text["arguments"]),
            quantized=None if quantized is None else checked_quantized(quantized),
            bases=read_bases(text.get("bases", {})),
            environment=read_environment(text), **arrays,
        )
