"""A task is one piece of one layer: what a worker takes, does and gives back."""

import json
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from time import perf_counter
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

import convolith
import convolith.sim
from convolith.model.compile.candidates import whole_mapping
from convolith.model.compile.parts import Part
from convolith.model.compile.planner import plan
from convolith.model.compile.schedule import Schedule
from convolith.model.layer import ConvLayer
from convolith.model.networks.names import shortened
from convolith.model.options.config import ArrayConfig
from convolith.model.quantization.layer import QuantizedLayer
from convolith.model.quantization.output import BYTE, Output
from convolith.model.quantization.scales import Scales
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.fault import parse_fault
from convolith.sim.engines.contract.simulator import BuildError, Progress, Simulator
from convolith.sim.engines.native.cache import digest, file_digest
from convolith.sim.engines.native.verilog import hardware_digest
from convolith.sim.engines.simulators import get_simulator
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.layers.quantized.convolution import QuantizedConvolution

__all__ = ["Outcome", "Task", "TaskError", "code_version", "random_tensors", "run_task"]


class TaskError(RuntimeError):
    """The array cannot compute the layer with these numbers. The message says why."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A piece of a layer on an array, with random numbers from a seed.

    Parameters
    ----------
    name : str
        The layer's name.
    layer : ConvLayer
        The whole layer.
    piece : Part
    pieces : int
        The number of pieces of the layer.
    config : ArrayConfig
        Its memory depths do not matter, as a task has memories as deep as it needs.
    seed : int
    fault : str, optional
        A fault, ``ROW,COL,BIT[,CYCLE]``, while the piece runs.
    """

    name: str
    layer: ConvLayer
    piece: Part
    pieces: int = 1
    config: ArrayConfig
    seed: int
    fault: str | None = None

    @cached_property
    def schedule(self) -> Schedule:
        """The piece's schedule, with memories that just hold it."""
        tiling = whole_mapping(self.config, self.piece.layer).tiling
        config = replace(
            self.config,
            act_words=max(2, tiling.act_words),
            weight_words=max(2, tiling.weight_banks[0]),
            bias_words=tiling.bias_words if self.quantized else self.config.bias_words,
        )
        how = {"biased": True, "requantized": True} if self.quantized else {}
        return plan(config, self.piece.layer, **how)

    @property
    def quantized(self) -> bool:
        """Whether the sums are requantized, as the array has lanes."""
        return self.config.post_lanes > 0

    def prepare(self) -> Convolution | QuantizedConvolution:
        """The piece as a convolution, with its random numbers.

        Raises
        ------
        ValueError
            If the sums could overflow.
        """
        config = self.schedule.config
        arguments = self.schedule.layer.from_shapes_arguments()
        x, w = random_tensors(self)
        if not self.quantized:
            return Convolution.prepare(config, x, w, **arguments)
        return QuantizedConvolution.prepare(config, random_layer(self, w), x, **arguments)

    @property
    def cycles(self) -> int:
        """The task's cycles, by the model."""
        return self.schedule.cycles

    @property
    def key(self) -> str:
        """A text with everything on which the outcome depends, but for the code."""
        return digest(json.dumps(asdict(self)))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of a task.

    ``simulation_s`` is the simulator's time. ``other_s`` is the time for random numbers, packing,
    PyTorch and the comparison. If not ``equal``, ``difference`` says what is wrong, and
    ``difference_cycle`` is the cycle in which the first wrong output left, if one did.
    """

    equal: bool
    cycles: int
    model_cycles: int
    simulator: str
    simulation_s: float
    other_s: float
    difference: str | None = None
    difference_cycle: int | None = None


def random_tensors(task: Task) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """The layer's random input and weight, the same for all of its pieces.

    The values use all bits of the array's numbers. For a quantized layer they are quint8 and qint8.
    """
    config, layer = task.config, task.layer
    draw = np.random.default_rng([task.seed, crc32(task.name.encode())])

    def tensor(shape: tuple[int, ...], bits: int, offset: int = 0) -> NDArray[np.integer]:
        kind = np.int8 if bits <= 8 else np.int16
        numbers = draw.integers(-(1 << bits - 1), 1 << bits - 1, shape, dtype=kind)
        return (numbers.astype(np.int16) + offset).astype(np.uint8) if offset else numbers

    if task.quantized:
        x, w = tensor(layer.x_shape, BYTE, 1 << BYTE - 1), tensor(layer.w_shape, BYTE)
    else:
        x, w = tensor(layer.x_shape, config.act_bits), tensor(layer.w_shape, config.weight_bits)
    return x[:, task.piece.input_channels], w[task.piece.output_channels]


def random_layer(task: Task, w: NDArray[np.integer]) -> QuantizedLayer:
    """The piece's scales, zero points and bias, with which most outputs are within their range.

    The engine is qnnpack: it needs a single product, and is exact on every machine.
    """
    layer = task.layer
    draw = np.random.default_rng([task.seed, crc32(task.name.encode()), 1])
    spread = 74 * 74 * float(np.prod(layer.w_shape[1:])) ** 0.5  # of the sums: 74 of each factor
    scale = draw.uniform(0.005, 0.02, layer.OC)
    bias = draw.normal(0, 0.5 * spread * 0.02 * scale).astype(np.float32)
    own = task.piece.output_channels
    return QuantizedLayer(
        weight=w.astype(np.int64),
        weight_zero_point=np.zeros(len(w), dtype=np.int64),
        input_zero_point=int(draw.integers(1 << BYTE)),
        bias=bias[own],
        scales=Scales(
            input=0.02, weight=scale[own], output=0.02 * 0.0125 * spread / 50, per_channel=True
        ),
        output=Output(zero_point=int(draw.integers(1 << BYTE)), relu=bool(draw.integers(2))),
        engine="qnnpack",
    )


def code_version(config: ArrayConfig) -> str:
    """A text that must be the same on all workers of a run, and for ``--resume``."""
    return f"{convolith.__version__} {digest(hardware_digest(config), _simulation_digest())}"


@cache
def _simulation_digest() -> str:
    """A digest of the sources that simulate and compare."""
    folder = Path(convolith.sim.__file__).parent
    files = [file for kind in ("py", "cpp", "h") for file in folder.rglob(f"*.{kind}")]
    return digest(*map(file_digest, sorted(files)))


@cache
def _simulator(name: str) -> Simulator:
    """The simulator by its name: one per process, as it keeps the libraries that it has loaded."""
    return get_simulator(name)


def run_task(
    task: Task,
    simulator: str | Simulator,
    version: str,
    *,
    waves: Path | None = None,
    window: tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Draws the numbers, simulates (with the task's fault), and compares with PyTorch.

    If the hardware's sums or cycles are wrong, this is an outcome and not an error.

    Raises
    ------
    BuildError
        If the simulator cannot be built here, or this is another version of Convolith.
    TaskError
        If the layer's sums could overflow.
    """
    began = perf_counter()
    if version != code_version(task.config):
        raise BuildError(
            f"a worker must have the same Convolith as the command, {version}, "
            f"not {code_version(task.config)}"
        )
    simulator = _simulator(simulator) if isinstance(simulator, str) else simulator
    fault = parse_fault(task.fault, task.schedule) if task.fault else None
    try:
        convolution = task.prepare()
    except ValueError as error:
        raise TaskError(f"layer {shortened(task.name)}: {error}") from error
    try:
        result = convolution.run(
            simulator, waves=waves, window=window, fault=fault, progress=progress
        )
    except SimulationError as error:
        return Outcome(
            equal=False, cycles=0, model_cycles=task.cycles, simulator=simulator.name,
            simulation_s=perf_counter() - began, other_s=0.0, difference=str(error),
        )
    difference = result.difference
    return Outcome(
        equal=result.equal,
        cycles=result.cycles,
        model_cycles=result.model_cycles,
        simulator=result.simulator,
        simulation_s=result.run.wall_s,
        other_s=perf_counter() - began - result.run.wall_s,
        difference=str(difference.moved(task.piece.first_oc)) if difference else None,
        difference_cycle=difference.cycle if difference else None,
    )
