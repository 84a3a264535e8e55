"""``torch.nn`` convolutions on the array: the Python API."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from convolith.model.config import ArrayConfig
from convolith.sim.convolution import Convolution
from convolith.sim.result import Result
from convolith.sim.simulators import get_simulator
from convolith.sim.waves import save_file, save_file_path

__all__ = ["ModuleResult", "run"]


@dataclass(frozen=True)
class ModuleResult:
    """What ``run`` gives.

    ``output`` has the shape and the type of ``module(x)``; it is float64 where the module's type
    would not hold every sum exactly. ``result`` has the rest, JSON included.
    """

    output: torch.Tensor
    result: Result

    @property
    def equal(self) -> bool:
        """Every output is PyTorch's exact one."""
        return self.result.equal

    @property
    def cycles(self) -> int:
        """From accepting the layer to its last row of sums."""
        return self.result.cycles

    @property
    def utilization(self) -> float:
        """MACs over what the multipliers could have done in ``cycles``."""
        return self.result.utilization


def run(
    module: nn.Conv1d | nn.Conv2d,
    x: torch.Tensor,
    *,
    simulator: str = "auto",
    waves: str | Path | None = None,
    **parameters: int,
) -> ModuleResult:
    """Runs a PyTorch convolution on the array, in simulation.

    Parameters
    ----------
    module : torch.nn.Conv1d or torch.nn.Conv2d
        Its weight must be exact in ``weight_bits`` bits and a power-of-two scale.
    x : tensor
        (N, C, L) or (N, C, H, W), or without the batch as PyTorch allows; exact in ``act_bits``.
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
    if not isinstance(module, nn.Conv1d | nn.Conv2d):
        raise TypeError(
            f"the module must be a torch.nn.Conv1d or Conv2d, not {type(module).__name__}"
        )
    if module.padding_mode != "zeros":
        raise ValueError(f"padding_mode must be 'zeros', not {module.padding_mode!r}")
    axes = module.weight.dim() - 2
    if x.dim() not in (axes + 1, axes + 2):
        raise ValueError(f"the input must have {axes + 2} axes, or {axes + 1}, not {x.dim()}")
    batched = x if x.dim() == axes + 2 else x.unsqueeze(0)
    convolution = Convolution.prepare(
        ArrayConfig(**parameters),
        batched.detach().numpy(),
        module.weight.detach().numpy(),
        None if module.bias is None else module.bias.detach().numpy(),
        stride=module.stride,
        padding=_padding(module),
        dilation=module.dilation,
        groups=module.groups,
    )
    path = Path(waves) if waves else None
    chosen = get_simulator(simulator)
    result = convolution.run(chosen, waves=path)
    if path:
        save_file_path(path).write_text(save_file(path, convolution.tiling, chosen.name))
    output = torch.from_numpy(result.output)
    narrow = output.to(torch.promote_types(module.weight.dtype, x.dtype))
    if np.array_equal(narrow.to(output.dtype).numpy(), result.output):
        output = narrow
    return ModuleResult(output if batched is x else output.squeeze(0), result)


def _padding(module: nn.Conv1d | nn.Conv2d) -> tuple[int, ...]:
    """The module's padding as numbers, equal on both sides."""
    if not isinstance(module.padding, str):
        return module.padding
    if module.padding == "valid":
        return (0,) * len(module.kernel_size)
    totals = [d * (k - 1) for d, k in zip(module.dilation, module.kernel_size, strict=True)]
    if any(total % 2 for total in totals):
        raise ValueError(
            "padding 'same' must be equal on both sides, "
            f"but the dilated kernel needs {totals} zeros in all"
        )
    return tuple(total // 2 for total in totals)
