"""Quantized layers one after the other, whose activations stay in the array's memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.compile.chain import chain, longest_chain
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.program import Program, compile_chain
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.quantization.layer import QuantizedLayer
from convolith.sim.engines.contract.expected import check_run
from convolith.sim.engines.contract.simulator import Progress, Simulator
from convolith.sim.layers.quantized.convolution import QuantizedConvolution

__all__ = ["Chain", "Stage", "StageRun", "split_chains"]

Bytes = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A layer of a network.

    Parameters
    ----------
    name : str
    quantized : QuantizedLayer
    shape : tuple of int
        One image of its input, (C, L), (C, H, W), or (..., in) of a linear layer.
    arguments : dict
        stride, padding, dilation, groups, padding_mode.
    """

    name: str
    quantized: QuantizedLayer
    shape: tuple[int, ...]
    arguments: dict[str, Any] = field(default_factory=dict)

    def layer(self, images: int) -> ConvLayer:
        """Its shape, as the array has it."""
        others = {name: of for name, of in self.arguments.items() if name != "padding_mode"}
        x_shape, w_shape = (images, *self.shape), self.quantized.weight.shape
        if len(w_shape) == 2:  # as `as_convolution` has it
            x_shape, w_shape = (prod(x_shape[:-1]), x_shape[-1], 1), (*w_shape, 1)
        layer = ConvLayer.from_shapes(x_shape, w_shape, **others)
        if self.padded_by_host:
            x, y = layer.padded_extent
            layer = replace(layer, IX=x, IY=y, padding=(0, 0), padding_after=None)
        return layer

    @property
    def padded_by_host(self) -> bool:
        """What surrounds its input is no constant."""
        return self.arguments.get("padding_mode", "zeros") != "zeros"


@dataclass(frozen=True, kw_only=True)
class StageRun:
    """What a stage gave: bytes, (N, OC, OX, OY), and cycles.

    ``stored_input``: its input was in the array's memory already.
    """

    stage: Stage
    output: Bytes
    cycles: int
    load_cycles: int
    mapping: str
    stored_input: bool

    @classmethod
    def whole(cls, parts: Sequence["StageRun"]) -> "StageRun":
        """Of all images, from some at a time."""
        return replace(
            parts[0],
            output=np.concatenate([part.output for part in parts]),
            cycles=sum(part.cycles for part in parts),
            load_cycles=sum(part.load_cycles for part in parts),
        )


def split_chains(config: ArrayConfig, stages: Sequence[Stage], images: int) -> list["Chain"]:
    """Chains as long as they can be, for so many images.

    Raises
    ------
    TypeError, ValueError
        For what the array cannot compute, naming the layer.
    """
    found: list[Chain] = []
    while stages:
        most = next((i for i, stage in enumerate(stages) if i and stage.padded_by_host), None)
        count = longest_chain(config, [stage.layer(1) for stage in stages[:most]])
        found.append(Chain(config, stages[:count], images))
        stages = stages[count:]
    return found


class Chain:
    """Stages, checked, and how many images at a time stay in the memory.

    A stage by itself takes all images, in as many pieces as the planner makes of it.
    """

    def __init__(self, config: ArrayConfig, stages: Sequence[Stage], images: int):
        self.config, self.stages = config, stages
        together = images
        while len(stages) > 1 and not chain(config, [stage.layer(together) for stage in stages]):
            together = together * 7 // 8
        full, rest = divmod(images, together)
        self.parts = [together] * full + [rest] * bool(rest)
        self.prepared = {count: _Part(config, stages, count) for count in set(self.parts)}

    @property
    def cycles(self) -> int:
        """By the model."""
        return sum(self.prepared[count].cycles for count in self.parts)

    def run(self, simulator: Simulator, x: Bytes, progress: Progress) -> list[StageRun]:
        """All images, (images, ...): what each stage gave."""
        x = x.reshape(len(x), *self.stages[0].shape)
        given: list[list[StageRun]] = []
        first, before = 0, 0
        for count in self.parts:
            part = self.prepared[count]

            def advanced(cycles: int, total: int, before: int = before) -> None:
                progress(before + cycles, self.cycles)

            given.append(part.run(simulator, x[first : first + count], advanced))
            first, before = first + count, before + part.cycles
        return [StageRun.whole(parts) for parts in zip(*given, strict=True)]


class _Part:
    """So many images through the stages."""

    def __init__(self, config: ArrayConfig, stages: Sequence[Stage], images: int):
        self.stages = stages
        links = chain(config, [stage.layer(images) for stage in stages]) if stages[1:] else None
        self.links = links or []
        mappings: Sequence[Mapping | None] = [link.mapping for link in self.links] or [None]
        self.convolutions = [
            _prepared(config, stage, images, mapping)
            for stage, mapping in zip(stages, mappings, strict=True)
        ]
        self.cycles = sum(one.schedule.cycles for one in self.convolutions)

    def program(self, x: Bytes) -> Program:
        """For an input of the first stage."""
        first, *others = self.convolutions
        first = first.with_input(x)
        return compile_chain(self.links, [first, *others]) if self.links else first.program

    def run(self, simulator: Simulator, x: Bytes, progress: Progress) -> list[StageRun]:
        program = self.program(x)
        run = simulator.run(program, progress=progress)
        check_run(run, program)
        runs = []
        for i, (stage, one) in enumerate(zip(self.stages, self.convolutions, strict=True)):
            # A chain's stages are a step each.
            own = slice(i, i + 1) if self.links else slice(None)
            runs.append(StageRun(
                stage=stage, output=one.decode(one.schedule.output_tensor(run.rows[own])),
                cycles=sum(run.step_cycles[own]),
                load_cycles=sum(step.load_cycles for step in program[own]),
                mapping=one.schedule.mapping, stored_input=i > 0,
            ))
        return runs


def _prepared(
    config: ArrayConfig, stage: Stage, images: int, mapping: Mapping | None
) -> QuantizedConvolution:
    """With an input of zeros."""
    zeros = np.full((images, *stage.shape), stage.quantized.input_zero_point)
    try:
        return QuantizedConvolution.prepare(
            config, stage.quantized, zeros, mapping=mapping, **stage.arguments
        )
    except (TypeError, ValueError) as error:
        raise type(error)(f"layer {stage.name}: {error}") from None
