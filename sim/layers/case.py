"""A convolution as it was asked for, array included; and as a file, to be run again."""

import json
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from convolith.model.arrays import Array
from convolith.model.options.config import ArrayConfig
from convolith.model.quantization.layer import QuantizedLayer
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.layers.quantized.convolution import QuantizedConvolution
from convolith.sim.layers.quantized.description import described_layer

__all__ = ["Case"]

ARGUMENTS: dict[str, tuple[type, ...]] = {
    "stride": (int, list), "padding": (int, list, str), "dilation": (int, list),
    "groups": (int,), "padding_mode": (str,), "exact": (bool,), "plain": (bool,),
}
"""Of `Convolution.prepare`, and of which types they are in a file."""

TENSORS = ("x", "w", "bias")
MOST_NUMBER = 1 << 32


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
    """

    config: ArrayConfig
    x: Array
    w: Array
    bias: Array | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    quantized: dict[str, Any] | None = None

    def prepare(self) -> Convolution | QuantizedConvolution:
        """Checks it; raises what their ``prepare`` raises."""
        if self.quantized is None:
            return Convolution.prepare(self.config, self.x, self.w, self.bias, **self.arguments)
        arguments = {name: value for name, value in self.arguments.items() if name != "exact"}
        return QuantizedConvolution.prepare(self.config, self.layer, self.x, **arguments)

    @property
    def layer(self) -> QuantizedLayer:
        """The quantized layer."""
        assert self.quantized is not None
        groups = self.arguments.get("groups", 1)
        return described_layer(self.quantized, self.w, self.bias, groups=groups)

    def content(self) -> bytes:
        """As a file of NumPy's ``.npz`` format: the tensors, and ``case``, JSON of all else."""
        text = json.dumps({
            "config": asdict(self.config), "arguments": self.arguments, "quantized": self.quantized
        })
        arrays = {name: getattr(self, name) for name in TENSORS if getattr(self, name) is not None}
        content = BytesIO()
        np.savez_compressed(content, case=np.array(text), **arrays)
        return content.getvalue()

    @classmethod
    def load(cls, path: Path) -> "Case":
        """From a file with such a content.

        Raises
        ------
        ValueError
            If it is none, or cannot be read.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ValueError(
                f"the case cannot be read from {path}: {error.strerror or error}"
            ) from None
        try:
            file = np.load(BytesIO(content), allow_pickle=False)
            arrays = {name: file[name] for name in TENSORS if name in file}
            text = json.loads(str(file["case"]))
            config, arguments = ArrayConfig(**text["config"]), _arguments(text["arguments"])
            quantized = text.get("quantized")
            if not isinstance(quantized, dict | None):
                raise TypeError(f"quantized cannot be {quantized}")
            return cls(config=config, arguments=arguments, quantized=quantized, **arrays)
        except Exception:  # a damaged file can make each of the parsers raise nearly anything
            raise ValueError(
                f"the case must be a file that a campaign has saved, which {path} is not"
            ) from None


def _arguments(found: dict[str, Any]) -> dict[str, Any]:
    for name, value in found.items():
        numbers = value if isinstance(value, list) else []
        wrong = any(type(n) is not int or abs(n) > MOST_NUMBER for n in numbers)
        if not isinstance(value, ARGUMENTS[name]) or wrong:
            raise TypeError(f"{name} cannot be {value}")
    return found
