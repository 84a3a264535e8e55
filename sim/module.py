"""``torch.nn`` convolutions and linear layers on the array: the Python API."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from convolith.model.config import ArrayConfig
from convolith.sim.convolution import Convolution
from convolith.sim.error import FloatError
from convolith.sim.float_module import FloatModule, by_pytorch, parts
from convolith.sim.observation import Observation
from convolith.sim.progress import ProgressLine, told
from convolith.sim.quantized.convolution import QuantizedConvolution
from convolith.sim.quantized.module import is_quantized, prepare_quantized, tensor_of
from convolith.sim.result import Result
from convolith.sim.simulator import Fault, Progress
from convolith.sim.simulators import get_simulator
from convolith.sim.waves import save_file, save_file_path

__all__ = ["ModuleResult", "run"]


@dataclass(frozen=True, repr=False)
class ModuleResult:
    """What ``run`` gives.

    ``output`` has the shape and the type of ``module(x)``; it is float64 where the module's type,
    ``module_type``, would not hold every sum exactly. Where floats had to be rounded, it is exactly
    what PyTorch gives for the rounded ones, and ``error`` says how far that is from the floats' own
    result. ``result`` has the rest, JSON included. Its ``repr`` says all of this in a few lines.
    """

    output: torch.Tensor
    result: Result
    module_type: torch.dtype

    @property
    def equal(self) -> bool:
        """Every output is PyTorch's exact one."""
        return self.result.equal

    @property
    def error(self) -> FloatError | None:
        """Against the result in floating point; None if every number is exact."""
        return self.result.error

    @property
    def cycles(self) -> int:
        """From accepting the layer to its last row of sums."""
        return self.result.cycles

    @property
    def utilization(self) -> float:
        """MACs over what the multipliers could have done in ``cycles``."""
        return self.result.utilization

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__}: {self.result.summary}"]
        output = f"output: {self.output.dtype}, {tuple(self.output.shape)}"
        if self.output.dtype != self.module_type:
            output += f", as {self.module_type} would not hold every sum"
        return "\n  ".join([*lines, output, *self.result.remarks])


def run(
    module: nn.Module,
    x: torch.Tensor,
    *,
    exact: bool = False,
    engine: str | None = None,
    simulator: str = "auto",
    waves: str | Path | None = None,
    window: tuple[int | None, int | None] = (None, None),
    fault: Fault | str | None = None,
    progress: bool | Progress = True,
    **parameters: Any,
) -> ModuleResult:
    """Runs a PyTorch convolution, or a linear layer as one, on the array, in simulation.

    Floats become integers times a power of two, one for each tensor: exactly, where they can be
    with ``act_bits`` and ``weight_bits``; otherwise rounded half to even, with the finest scale
    that keeps all of them, and the sums, in range. A bias is rounded to the scale of the sums.

    The module itself is called as well: if it does not give what its class, weight, bias and
    attributes say, it is refused.

    Quantized modules give PyTorch's bytes; the array has lanes for that, C / 2 if not told.

    Parameters
    ----------
    module : torch.nn.Conv1d, torch.nn.Conv2d or torch.nn.Linear
        Also pruned ones; or those of ``torch.ao.nn.quantized``, with or without a fused ReLU; or a
        `Sequential` of padding modules (``ZeroPad2d`` and its kin) and one of these.
    x : tensor
        (N, C, L) or (N, C, H, W), or without the batch as PyTorch allows; (..., in) for `Linear`.
        N may be 0. A quint8 tensor for a quantized module.
    exact : bool
        Floats that would have to be rounded are refused.
    engine : str, optional
        Of a quantized module: qnnpack, fbgemm or x86. PyTorch's, if not given.
    simulator : str
        ``amaranth``, ``verilator`` or ``auto``.
    waves : path, optional
        A waveform to write; a GTKWave save file is put beside it.
    window : (int, int)
        The first and the last cycle that the waveform shows; None: from the first, to the last.
    fault : Fault or str, optional
        One bit of a PE's sum to be flipped once: ``ROW,COL,BIT[,CYCLE]``.
    progress : bool or callable
        On standard error: what is built, and how far a long simulation is. A callable is told how
        many cycles have been simulated, of how many. False: nothing.
    **parameters
        Of `ArrayConfig`: rows, cols, dot, lanes, act_bits, ...

    Raises
    ------
    TypeError, ValueError
        For what the array cannot compute, in one sentence.
    SimulationError
        If the hardware breaks its contract.
    """

    def simulated(convolution: Convolution | QuantizedConvolution) -> Result:
        return _simulated(convolution, simulator, waves, window, fault, progress)

    *pads, last = parts(module)
    if is_quantized(last):
        for pad in pads:
            x = by_pytorch(pad, x)
        result = simulated(prepare_quantized(last, x, engine, parameters))
        return ModuleResult(tensor_of(result.output, last), result, torch.quint8)
    layer = FloatModule.read(module, x)
    if engine is not None:
        raise ValueError(f"an engine is of quantized modules, not of {type(module).__name__}")
    convolution = Convolution.prepare(
        ArrayConfig.of(parameters), layer.x, layer.weight, layer.bias, exact=exact,
        **layer.arguments,
    )
    layer.check(convolution.asked)
    result = simulated(convolution)
    kind = layer.output_type
    return ModuleResult(_narrowed(torch.from_numpy(result.output), kind), result, kind)


def _simulated(
    convolution: Convolution | QuantizedConvolution,
    simulator: str,
    waves: str | Path | None,
    window: tuple[int | None, int | None],
    fault: Fault | str | None,
    progress: bool | Progress,
) -> Result:
    path = Path(waves) if waves else None
    if path:
        check_waveform_path(path)
    schedule = convolution.schedule
    observed = Observation.asked(schedule, waves=path is not None, window=window, fault=fault)
    with ExitStack() as stack:
        if progress is True:
            stack.enter_context(told("convolith"))
        chosen = get_simulator(simulator)
        observed.prepare(chosen, schedule)
        line = stack.enter_context(ProgressLine("simulating")) if progress is True else None
        told_cycles = progress if callable(progress) else line
        result = convolution.run(
            chosen, waves=path, window=observed.window, fault=observed.fault, progress=told_cycles
        )
    if path:
        save_file_path(path).write_text(save_file(path, schedule, chosen.name))
    return result


def check_waveform_path(path: Path) -> None:
    """Refuses, before anything runs, a waveform that could not be written.

    Raises
    ------
    ValueError
        Naming the folder or the file.
    """
    if path.is_dir():
        raise ValueError(f"the waveform must be a file, but {path} is a folder")
    if not path.parent.is_dir():
        raise ValueError(f"the waveform's folder must be there, but {path.parent} is none")


def _narrowed(output: torch.Tensor, kind: torch.dtype) -> torch.Tensor:
    """In the module's type, if that holds every sum."""
    narrow = output.to(kind)
    return narrow if torch.equal(narrow.to(output.dtype), output) else output
