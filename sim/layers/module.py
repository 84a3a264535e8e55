"""``torch.nn`` convolutions and linear layers on the array: the Python API."""

from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

from convolith.model.arrays import Array
from convolith.sim.engines.contract.simulator import Fault, Progress, check_window
from convolith.sim.engines.simulators import ready_simulator
from convolith.sim.layers.common.difference import Difference
from convolith.sim.layers.common.result import Result
from convolith.sim.layers.compiled import Compiled
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.layers.plain.float_module import parts
from convolith.sim.layers.preparation import check_names, prepared_module
from convolith.sim.layers.quantized.convolution import QuantizedConvolution
from convolith.sim.layers.quantized.module import is_quantized, tensor_of
from convolith.sim.layers.watching import asked_watch
from convolith.sim.report.files import OutputFiles
from convolith.sim.report.progress import ProgressLine, told
from convolith.sim.waves.files import Waves

__all__ = ["ModuleResult", "compile", "run"]


@dataclass(frozen=True, kw_only=True, repr=False)
class ModuleResult(Result):
    """What ``run`` gives: a `Result`, but its output is a tensor.

    ``output`` has the shape and the type of ``module(x)``; it is float64 where the module's type,
    ``module_type``, would not hold every sum exactly. Where floats had to be rounded, it is exactly
    what PyTorch gives for the rounded ones, and ``error`` says how far that is from the floats' own
    result. ``result`` is the same with NumPy's arrays alone. Its ``repr`` says all of this in a few
    lines.
    """

    output: torch.Tensor
    result: Result
    module_type: torch.dtype

    @classmethod
    def of(cls, result: Result, output: torch.Tensor, module_type: torch.dtype) -> "ModuleResult":
        """With this output."""
        own = {field.name: getattr(result, field.name) for field in fields(result)}
        return cls(**own | {"output": output}, result=result, module_type=module_type)

    @cached_property
    def difference(self) -> Difference | None:
        return self.result.difference

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__}: {self.summary}"]
        output = f"output: {self.output.dtype}, {tuple(self.output.shape)}"
        if self.output.dtype != self.module_type:
            output += f", as {self.module_type} would not hold every sum"
        return "\n  ".join([*lines, output, *self.remarks])


def run(
    module: nn.Module,
    x: torch.Tensor,
    *,
    exact: bool = False,
    plain: bool = False,
    engine: str | None = None,
    simulator: str = "auto",
    waves: str | Path | None = None,
    everything: bool = False,
    window: tuple[int | None, int | None] = (None, None),
    fault: Fault | str | None = None,
    progress: bool | Progress = True,
    **parameters: Any,
) -> ModuleResult:
    """Runs a PyTorch convolution, or a linear layer as one, on the array, in simulation.

    Floats become integers times a power of two, one for each tensor: exactly, where they can be
    with ``act_bits`` and ``weight_bits``; otherwise rounded half to even, with the finest scale
    that keeps all of them in range. A bias is rounded to the scale of the sums, which is coarser
    where the accumulators would have no room for the bias otherwise.

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
    plain : bool
        The plain loop nest: kernels not folded, groups not merged, words not shared, tiles not
        packed.
    engine : str, optional
        Of a quantized module: qnnpack, fbgemm or x86. PyTorch's, if not given.
    simulator : str
        ``amaranth``, ``verilator`` or ``auto``.
    waves : path, optional
        A waveform to write, FST if its name ends so, else VCD; beside it a save file for GTKWave
        and a command file for Surfer.
    everything : bool
        The waveform has all signals that the simulator knows, as VCD, with no file beside it.
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
        return _simulated(convolution, simulator, waves, everything, window, fault, progress)

    check_names(run, parameters)
    convolution, kind = prepared_module(
        module, x, parameters, exact=exact, engine=engine, plain=plain
    )
    result = simulated(convolution)
    return ModuleResult.of(result, _tensor(result.output, module, kind), kind)


def compile(
    module: nn.Module,
    x: torch.Tensor,
    *,
    exact: bool = False,
    plain: bool = False,
    engine: str | None = None,
    **parameters: Any,
) -> Compiled:
    """What `run` would simulate, for a simulation, a test bench or hardware of one's own.

    A `Compiled` has the words of the memories, the registers of each piece, and what must leave
    the core: rows and cycles. Nothing is simulated; PyTorch's result is computed.

    Parameters
    ----------
    module, x, exact, plain, engine, **parameters
        As those of `run`.

    Raises
    ------
    TypeError, ValueError
        For what the array cannot compute, or an empty batch, in one sentence.
    """
    check_names(compile, parameters)
    convolution, _ = prepared_module(
        module, x, parameters, exact=exact, engine=engine, plain=plain
    )
    return Compiled.of(convolution)


def _tensor(output: Array, module: nn.Module, kind: torch.dtype) -> torch.Tensor:
    """A layer's output as the module's tensor."""
    *_, last = parts(module)
    if is_quantized(last):
        return tensor_of(output, last)
    return _narrowed(torch.from_numpy(output), kind)


def _simulated(
    convolution: Convolution | QuantizedConvolution,
    simulator: str,
    waves: str | Path | None,
    everything: bool,
    window: tuple[int | None, int | None],
    fault: Fault | str | None,
    progress: bool | Progress,
) -> Result:
    schedule = convolution.schedule
    shown = flipped = None
    if waves is not None or window != (None, None) or fault is not None:
        shown, flipped = asked_watch(
            schedule, shown=None if waves is None else "a waveform", window=window, fault=fault
        )
    with ExitStack() as stack:
        line: Progress | None = None
        if progress and not callable(progress):
            stack.enter_context(told("convolith"))
        outputs = stack.enter_context(OutputFiles())
        files = Waves(outputs, waves, everything=everything) if waves is not None else None
        chosen = ready_simulator(
            simulator, schedule.config, observed=bool(files or flipped)
        )
        if shown and everything:
            check_window(chosen)
        if callable(progress):
            line = progress
        elif progress:
            line = stack.enter_context(ProgressLine("simulating"))
        result = convolution.run(
            chosen, waves=files.unfinished if files else None, everything=everything,
            window=shown, fault=flipped, progress=line,
        )
        if files:
            files.save(schedule)
    return result


def _narrowed(output: torch.Tensor, kind: torch.dtype) -> torch.Tensor:
    """In the module's type, if that holds every sum."""
    narrow = output.to(kind)
    return narrow if torch.equal(narrow.to(output.dtype), output) else output
