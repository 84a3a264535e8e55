"""Quantized layers one after the other, whose results stay in the activation memory, as a case."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Array
from convolith.model.compile.bases import Bases
from convolith.model.compile.chain import Link, chain, placed
from convolith.model.compile.program import Program, compile_chain
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.expected import check_run
from convolith.sim.engines.contract.simulator import Progress, Run, Simulator
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.layers.case_file import checked_arguments, read_environment, written_content
from convolith.sim.layers.quantized.convolution import QuantizedConvolution
from convolith.sim.layers.quantized.description import described_layer

__all__ = ["ChainCase", "ChainLayer", "ChainResult", "PreparedChain"]


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
        x, prepared = self.x, []
        for layer in self.layers:
            quantized = described_layer(
                layer.quantized, layer.w, layer.bias, groups=layer.arguments.get("groups", 1)
            )
            one = QuantizedConvolution.prepare(self.config, quantized, x, **layer.arguments)
            prepared.append(one)
            x = one.reference.output()
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

    def content(self) -> bytes:
        """As a file: the tensors, and ``case``, JSON of all else."""
        arrays: dict[str, Array | None] = {"x": self.x}
        for number, layer in enumerate(self.layers):
            arrays |= {f"w{number}": layer.w, f"bias{number}": layer.bias}
        layers = [
            {"arguments": layer.arguments, "quantized": layer.quantized} for layer in self.layers
        ]
        return written_content(
            self.config, self.environment, arrays, layers=layers,
            bases=[asdict(base) for base in self.bases],
        )

    @classmethod
    def read(cls, text: dict[str, Any], arrays: dict[str, Array]) -> "ChainCase":
        """From the content of a file; raises all kinds of errors if it is damaged."""
        layers = [
            ChainLayer(
                w=arrays[f"w{number}"], bias=arrays.get(f"bias{number}"),
                arguments=checked_arguments(layer["arguments"]), quantized=layer["quantized"],
            )
            for number, layer in enumerate(text["layers"])
        ]
        return cls(
            config=ArrayConfig(**text["config"]), x=arrays["x"], layers=layers,
            bases=[Bases(**base) for base in text.get("bases", [])],
            environment=read_environment(text),
        )


@dataclass(frozen=True, kw_only=True)
class ChainResult:
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


@dataclass(frozen=True, kw_only=True)
class PreparedChain:
    """A chain that the array can compute, everything checked."""

    links: Sequence[Link]
    layers: Sequence[QuantizedConvolution]

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

    def run(
        self, simulator: Simulator, *, environment: Environment | None = None,
        progress: Progress | None = None,
    ) -> ChainResult:
        """Simulates, beside PyTorch.

        In an environment, the whole activation memory is compared as well: with the results that
        are stored by definition, and the input; its other words are zeros.

        Raises
        ------
        SimulationError
            If the hardware hung, took other cycles than the model, or stored something else.
        """
        run = simulator.run(self.program, environment=environment, progress=progress)
        check_run(run, self.program, environment)
        if environment:
            self.check_memory(run)
        outputs = [
            one.decode(one.schedule.output_tensor([rows])).reshape(one.reference.output().shape)
            for one, rows in zip(self.layers, run.rows, strict=True)
        ]
        expected = [one.reference.output() for one in self.layers]
        return ChainResult(run=run, outputs=outputs, expected=expected)

    def check_memory(self, run: Run) -> None:
        """Compares the activation memory at the end of a run with the model's.

        Raises
        ------
        SimulationError
            If a word differs.
        """
        expected = ModelSimulator().run(self.program).stored
        assert expected is not None
        assert run.stored is not None
        if not np.array_equal(run.stored, expected):
            word, lane = np.unravel_index(np.argmax(run.stored != expected), expected.shape)
            raise SimulationError(
                f"the activation memory has {run.stored[word, lane]} in lane {lane} of word "
                f"{word}, not {expected[word, lane]}"
            )
