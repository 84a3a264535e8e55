"""``torch.nn`` convolutions and linear layers on the array: the Python API."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from convolith.model.config import ArrayConfig
from convolith.sim.convolution import Convolution
from convolith.sim.error import FloatError
from convolith.sim.quantized.convolution import QuantizedConvolution
from convolith.sim.quantized.module import is_quantized, prepare_quantized, tensor_of
from convolith.sim.result import Result
from convolith.sim.simulators import get_simulator
from convolith.sim.tensors import to_array
from convolith.sim.waves import save_file, save_file_path

__all__ = ["ModuleResult", "run"]


@dataclass(frozen=True)
class ModuleResult:
    """What ``run`` gives.

    ``output`` has the shape and the type of ``module(x)``; it is float64 where the module's type
    would not hold every sum exactly. Where floats had to be rounded, it is exactly what PyTorch
    gives for the rounded ones, and ``error`` says how far that is from the floats' own result.
    ``result`` has the rest, JSON included.
    """

    output: torch.Tensor
    result: Result

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


def run(
    module: nn.Module,
    x: torch.Tensor,
    *,
    exact: bool = False,
    engine: str | None = None,
    simulator: str = "auto",
    waves: str | Path | None = None,
    **parameters: Any,
) -> ModuleResult:
    """Runs a PyTorch convolution, or a linear layer as one, on the array, in simulation.

    Floats become integers times a power of two, one for each tensor: exactly, where they can be
    with ``act_bits`` and ``weight_bits``; otherwise rounded half to even, with the finest scale
    that keeps all of them in range. A bias is rounded to the scale of the sums.

    Quantized modules give PyTorch's bytes; the array has lanes for that, C / 2 if not told.

    Parameters
    ----------
    module : torch.nn.Conv1d, torch.nn.Conv2d or torch.nn.Linear
        Or those of ``torch.ao.nn.quantized``, with or without a fused ReLU.
    x : tensor
        (N, C, L) or (N, C, H, W), or without the batch as PyTorch allows; (..., in) for `Linear`.
        A quint8 tensor for a quantized module.
    exact : bool
        Floats that would have to be rounded are refused.
    engine : str, optional
        Of a quantized module: qnnpack, fbgemm or x86. PyTorch's, if not given.
    simulator : str
        ``amaranth``, ``verilator`` or ``auto``.
    waves : path, optional
        A waveform to write; a GTKWave save file is put beside it.
    **parameters
        Of `ArrayConfig`: rows, cols, dot, lanes, act_bits, ...

    Raises
    ------
    TypeError, ValueError
        For what the array cannot compute, in one sentence.
    SimulationError
        If the hardware breaks its contract.
    """
    if is_quantized(module):
        convolution = prepare_quantized(module, x, engine, parameters)
        result = _simulated(convolution, simulator, waves)
        return ModuleResult(tensor_of(result.output, module), result)
    _check_module(module)
    if engine is not None:
        raise ValueError(f"an engine is of quantized modules, not of {type(module).__name__}")
    to_array("the input", x)
    arguments: dict[str, Any] = {}
    batched = x
    if not isinstance(module, nn.Linear):
        names = ("stride", "padding", "dilation", "groups", "padding_mode")
        arguments = {name: getattr(module, name) for name in names}
        axes = module.weight.dim() - 2
        if x.dim() not in (axes + 1, axes + 2):
            raise ValueError(f"the input must have {axes + 2} axes, or {axes + 1}, not {x.dim()}")
        batched = x if x.dim() == axes + 2 else x.unsqueeze(0)
    result = _simulated(
        Convolution.prepare(
            ArrayConfig(**parameters),
            to_array("the input", batched),
            to_array("the weight", module.weight),
            None if module.bias is None else to_array("the bias", module.bias),
            exact=exact,
            **arguments,
        ),
        simulator,
        waves,
    )
    output = _narrowed(torch.from_numpy(result.output), module.weight.dtype, x.dtype)
    return ModuleResult(output if batched is x else output.squeeze(0), result)


def _simulated(
    convolution: Convolution | QuantizedConvolution, simulator: str, waves: str | Path | None
) -> Result:
    path = Path(waves) if waves else None
    if path and not path.parent.is_dir():
        raise ValueError(f"the waveform's folder must be there, but {path.parent} is none")
    chosen = get_simulator(simulator)
    result = convolution.run(chosen, waves=path)
    if path:
        save_file_path(path).write_text(save_file(path, convolution.schedule, chosen.name))
    return result


def _check_module(module: nn.Module) -> None:
    """Refuses what computes anything else than its class in ``torch.nn`` does."""
    kinds = (nn.Conv1d, nn.Conv2d, nn.Linear)
    kind = next((kind for kind in kinds if isinstance(module, kind)), None)
    name = type(module).__name__
    if kind is None:
        home = type(module).__module__.removesuffix(f".{name.lower()}").removesuffix(".modules")
        raise TypeError(
            "the module must be a Conv1d, Conv2d or Linear of torch.nn or torch.ao.nn.quantized, "
            f"not {home}.{name}"
        )
    for method in ("forward", "_conv_forward"):
        if getattr(type(module), method, None) is not getattr(kind, method, None):
            raise TypeError(
                f"the module must compute as torch.nn.{kind.__name__} does, "
                f"but {name} has its own {method}"
            )
    if any(map(is_lazy, module.parameters())):
        raise TypeError(f"the module must have its parameters, but {name} waits for an input")
    if module._forward_pre_hooks or module._forward_hooks:
        raise TypeError(f"the module must have no forward hooks, but this {name} has")


def _narrowed(output: torch.Tensor, *types: torch.dtype) -> torch.Tensor:
    """In the module's type, if that holds every sum."""
    try:
        narrow = output.to(torch.promote_types(*types))
    except RuntimeError:  # PyTorch has no common type for these
        return output
    return narrow if torch.equal(narrow.to(output.dtype), output) else output

