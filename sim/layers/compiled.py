"""A layer compiled for the array: what a test bench writes, and what it must find."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.compile.chain import stored_alone
from convolith.model.compile.piece import whole_piece
from convolith.model.compile.program import Program, compile_chain
from convolith.model.compile.schedule import Schedule
from convolith.model.compile.store import write_results
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.layers.common.prepared import Prepared

__all__ = ["NO_OUTPUT", "Compiled"]

NO_OUTPUT = -1
"""Among places: of a number that is no output, as its column has no channel."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Compiled:
    """A layer as a program for the core, with what PyTorch says must come of it.

    ``convolith.compile`` makes one from a module of PyTorch.

    Parameters
    ----------
    convolution : Prepared
        The layer, everything checked.
    program : sequence of Step
        A step for each piece of the layer: the words of the memories (``words``), the registers
        (``registers``, ``register_word``), and how many ``cycles`` the core takes.
    rows : list of int64 array
        For each step what must leave the core, in this order: rows of C sums, (rows, C), or words
        of L activations, (words, L). A step that keeps its sums has no rows.
    expected : array
        PyTorch's result, in the shape of the module's output.
    memory : int64 array, (act_words, V), optional
        The activation memory after the last step, if results are stored in it; words that are
        never written are zero.
    """

    convolution: Prepared
    program: Program
    rows: Sequence[Ints]
    expected: NDArray[Any]
    memory: Ints | None = None

    @classmethod
    def of(cls, convolution: Prepared) -> "Compiled":
        """Of a layer.

        On an array with ``store_results`` the results of a requantized layer are stored as well,
        if the layer fits the memories in one piece.

        Raises
        ------
        ValueError
            If the layer has no outputs, as its batch is empty.
        SimulationError
            If the model of the array does not compute what PyTorch does.
        """
        if not convolution.schedule.pieces:
            raise ValueError("the layer must have outputs, but its batch is empty")
        config, layer = convolution.config, convolution.layer
        link = None
        if config.store_results and convolution.output:
            link = stored_alone(config, layer)
        if link:
            schedule = Schedule(config, layer, (whole_piece(link.mapping),), biased=True)
            convolution = replace(convolution, schedule=schedule)
            program = compile_chain([link], [convolution])
        else:
            program = convolution.program
        run = ModelSimulator().run(program)
        compiled = cls(
            convolution=convolution, program=program, rows=run.rows,
            expected=convolution.reference.output(),
        )
        compiled._check()
        return replace(compiled, memory=compiled._stored()) if link else compiled

    def __repr__(self) -> str:
        count, rows = len(self.program), sum(step.rows for step in self.program)
        return (
            f"{type(self).__name__}: {self.layer} on {self.config.shape}, {self.mapping}: "
            f"{count} step{'s' * (count != 1)}, {rows} rows, {self.cycles} cycles"
        )

    @property
    def config(self) -> ArrayConfig:
        """The array's."""
        return self.convolution.config

    @property
    def layer(self) -> ConvLayer:
        """The layer's shape, as the array has it."""
        return self.convolution.layer

    @property
    def cycles(self) -> int:
        """Of all steps, without writing the words."""
        return sum(step.cycles for step in self.program)

    @property
    def mapping(self) -> str:
        """How the layer is laid on the array."""
        return self.convolution.schedule.mapping

    def output(self, rows: Sequence[Ints]) -> NDArray[Any]:
        """The layer's output, from what has left in each step: equal to ``expected``, or not."""
        tensor = self.convolution.schedule.output_tensor(rows)
        return self.convolution.decode(tensor.reshape(self.expected.shape))

    @cached_property
    def places(self) -> list[Ints]:
        """For each number of ``rows`` its index in the flattened output, or `NO_OUTPUT`.

        The output is flattened in the order (n, oc, ox, oy).
        """
        numbers, count = [], 0
        for rows in self.rows:
            numbers.append(np.arange(count, count + rows.size).reshape(rows.shape))
            count += rows.size
        taken = self.convolution.schedule.output_tensor(numbers).reshape(-1)
        places = np.full(count, NO_OUTPUT, dtype=np.int64)
        places[taken] = np.arange(taken.size)
        return [places[of] for of in numbers]

    def _check(self) -> None:
        if not np.array_equal(self.output(self.rows), self.expected):
            raise SimulationError("the model's outputs are not PyTorch's")

    def _stored(self) -> Ints:
        """The activation memory, with PyTorch's result in it."""
        (step,) = self.program
        assert step.store
        assert step.output
        memory: dict[str, Ints] = {}
        step.write(memory, {"act": step.words["act"]})
        layer, activations = self.layer, self.expected.astype(np.int64) - step.output.offset
        y = activations.reshape(layer.N, layer.OC, layer.OX, layer.OY)
        write_results(memory["act"], step.tiling, step.store, y, step.output)
        return memory["act"]
