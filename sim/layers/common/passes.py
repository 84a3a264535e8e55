"""A schedule's passes as loads for a simulator, and what comes out of them as one tensor."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from convolith.model.compile.schedule import Pass, Schedule
from convolith.model.dataflow.post_rows import whole_rows
from convolith.model.quantization.output import Output
from convolith.model.quantization.words import parameter_words
from convolith.sim.engines.contract.load import Load
from convolith.sim.engines.contract.simulator import Run, SimulationError

__all__ = ["Numbers", "collect", "pass_loads"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A layer's tensors as the array takes them.

    Parameters
    ----------
    x : integer array, (N, IC, IX, IY)
    w : integer array, (OC, IC / groups, KX, KY)
    bias : int64 array, (OC,), optional
        What is added to the sums.
    padding_value : int
        What lies outside the input.
    output : Output, optional
        The sums are requantized.
    parameters : dict of int64 array, (OC,)
        With what (`parameter_values`).
    """

    x: Ints
    w: Ints
    bias: Ints | None = None
    padding_value: int = 0
    output: Output | None = None
    parameters: Mapping[str, Ints] = field(default_factory=dict)


def pass_loads(schedule: Schedule, numbers: Numbers) -> Iterator[Load]:
    """What the core is to do for each pass, with its words."""
    x, w, added = numbers.x, numbers.w, numbers.bias
    before: Pass | None = None
    act = weight = bias = np.zeros(0, dtype=np.int64)
    parameters = None
    for one in schedule.passes:
        mapping = one.mapping
        # The same arrays say that the memories hold them already.
        if before is None or before.act_key != one.act_key:
            act = mapping.act_words(x[one.input], numbers.padding_value)
        if before is None or before.weight_key != one.weight_key:
            weight = mapping.weight_words(w[one.weight])
        if before is None or before.bias_key != one.bias_key:
            channels = one.weight[0]
            if added is not None:
                bias = mapping.bias_words(added[channels])
            if numbers.output:
                values = {name: of[channels] for name, of in numbers.parameters.items()}
                parameters = parameter_words(schedule.config, values, mapping.bias_words)
        yield Load(
            tiling=mapping.tiling, act=act, weight=weight,
            bias=None if added is None else bias,
            add_bias=added is not None and one.first, padding_value=numbers.padding_value,
            add_sums=not one.first, keep_sums=not one.last,
            parameters=parameters, output=numbers.output if one.last else None,
        )
        before = one


def collect(schedule: Schedule, given: Sequence[Load], run: Run) -> tuple[Ints, Ints]:
    """The outputs, and the cycle in which each left: (N, OC, OX, OY) both.

    Raises
    ------
    SimulationError
        If the hardware lost some, or took other cycles than the model says.
    """
    for load, rows, cycles in zip(given, run.rows, run.load_cycles, strict=True):
        if len(rows) != load.rows:
            what = "words of activations" if load.output else "rows of sums"
            raise SimulationError(f"the layer gave {len(rows)} {what}, not {load.rows}")
        if cycles != load.cycles:
            raise SimulationError(
                f"the layer took {cycles} cycles, not {load.cycles} as the model says"
            )
    layer = schedule.layer
    outputs = np.empty((layer.N, layer.OC, layer.OX, layer.OY), dtype=np.int64)
    left = np.empty_like(outputs)
    for one, load, rows, row_cycles in zip(schedule.passes, given, run.rows, run.row_cycles,
                                           strict=True):
        if not one.last:
            continue
        shape = tuple(part.stop - part.start for part in one.output)
        cycles_of = np.broadcast_to(row_cycles[:, None], rows.shape)
        for tensor, numbers in ((outputs, rows), (left, cycles_of)):
            if load.output:
                numbers = whole_rows(load.tiling, numbers)
            tensor[one.output] = one.mapping.output_tensor(numbers).reshape(shape)
    return outputs, left
