"""Quantized layers one after the other, whose results stay in the activation memory, as a case."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from convolith.model.arrays import Array
from convolith.model.compile.bases import Bases
from convolith.model.compile.chain import Link, chain, placed
from convolith.model.compile.program import Program, compile_chain
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.layers.case_file import (
    checked_arguments,
    checked_quantized,
    read_bases,
    read_config,
    read_environment,
    written_content,
)
from convolith.sim.layers.common.prepared_layers import PreparedLayers
from convolith.sim.layers.quantized.convolution import QuantizedConvolution
from convolith.sim.layers.quantized.description import described_layer

__all__ = ["ChainCase", "ChainLayer", "PreparedChain"]


@dataclass(frozen=True, kw_only=True)
class ChainLayer:
    """A layer of a chain: its weight, its bias, and how both are meant.

    Parameters
    ----------
    w : array
    bias : array, optional
    arguments : dict
        stride, padding, dilation, groups.
    quantized : dict
        Scales, zero points and engine (`described_layer`).
    """

    w: Array
    bias: Array | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    quantized: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ChainCase:
    """Layers, and the input of the first one; each of the others takes the output before it.

    Parameters
    ----------
    config : ArrayConfig
        With ``store_results``.
    x : array
    layers : sequence of ChainLayer
        Two at least.
    bases : sequence of Bases
        Where each layer's words begin. Without any: where `chain` puts them.
    environment : Environment, optional
    """

    config: ArrayConfig
    x: Array
    layers: Sequence[ChainLayer]
    bases: Sequence[Bases] = ()
    environment: Environment | None = None

    def prepare(self) -> "PreparedChain":
        """Checks it.

        Raises
        ------
        TypeError, ValueError
            For a layer that the array cannot take, or layers that cannot be a chain on it.
        """
        if len(self.layers) < 2:
            raise ValueError(f"a chain must have two layers at least, not {len(self.layers)}")
        x, prepared = self.x, []
        for layer in self.layers:
            quantized = described_layer(
                layer.quantized, layer.w, layer.bias, groups=layer.arguments.get("groups", 1)
            )
            one = QuantizedConvolution.prepare(self.config, quantized, x, **layer.arguments)
            prepared.append(one)
            x = one.reference.output()
            if not one.schedule.pieces:
                raise ValueError(
                    f"a chain must have outputs, which an input of {self.x.shape} does not give"
                )
        links = chain(self.config, [one.layer for one in prepared])
        if links is None:
            raise ValueError("these layers cannot be a chain on this array")
        again = [
            QuantizedConvolution.prepare(
                self.config, one.reference.layer, one.reference.x, mapping=link.mapping,
                **one.reference.arguments,
            )
            for one, link in zip(prepared, links, strict=True)
        ]
        prepared_chain = PreparedChain(links=links, layers=again)
        return prepared_chain.placed(self.bases) if self.bases else prepared_chain

    @property
    def arrays(self) -> dict[str, Array | None]:
        """Its tensors, as a file has them."""
        found: dict[str, Array | None] = {"x": self.x}
        for number, layer in enumerate(self.layers):
            found |= {f"w{number}": layer.w, f"bias{number}": layer.bias}
        return found

    @property
    def text(self) -> dict[str, Any]:
        """All else but its array and its environment, for JSON."""
        layers = [
            {"arguments": layer.arguments, "quantized": layer.quantized} for layer in self.layers
        ]
        return {"layers": layers, "bases": [asdict(base) for base in self.bases]}

    def content(self) -> bytes:
        """As a file: the tensors, and ``case``, JSON of all else."""
        return written_content(self.config, self.environment, self.arrays, **self.text)

    @classmethod
    def read(cls, text: dict[str, Any], arrays: dict[str, Array]) -> "ChainCase":
        """From the content of a file; raises all kinds of errors if it is damaged."""
        layers = [
            ChainLayer(
                w=arrays[f"w{number}"], bias=arrays.get(f"bias{number}"),
                arguments=checked_arguments(layer["arguments"], without=("exact", "plain")),
                quantized=checked_quantized(layer["quantized"]),
            )
            for number, layer in enumerate(text["layers"])
        ]
        return cls(
            config=read_config(text), x=arrays["x"], layers=layers,
            bases=[read_bases(base) for base in text.get("bases", [])],
            environment=read_environment(text),
        )


@dataclass(frozen=True, kw_only=True)
class PreparedChain(PreparedLayers):
    """A chain that the array can compute, everything checked."""

    links: Sequence[Link]

    @cached_property
    def program(self) -> Program:
        """A step per layer."""
        return compile_chain(self.links, self.layers)

    def placed(self, bases: Sequence[Bases]) -> "PreparedChain":
        """The same, with the layers' words elsewhere.

        Raises
        ------
        ValueError
            If these are not as many as layers, or an input and its output would share words.
        """
        if len(bases) != len(self.layers):
            raise ValueError(
                f"bases must be {len(self.layers)}, one per layer, not {len(bases)}"
            )
        layers = [replace(one, bases=base) for one, base in zip(self.layers, bases, strict=True)]
        return PreparedChain(links=placed(self.links, bases), layers=layers)
