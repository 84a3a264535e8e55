"""One convolution through the array: encode, simulate, compare with PyTorch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.hw.registers import layer_registers
from convolith.model import cycles, layout
from convolith.model.config import ArrayConfig
from convolith.model.fixed_point import FixedPoint, check_numbers, encode, encode_at, fraction_of
from convolith.model.layer import ConvLayer
from convolith.model.memories import check_memories
from convolith.model.overflow import check_overflow
from convolith.model.tiling import Tiling
from convolith.sim.reference import torch_reference
from convolith.sim.result import Result
from convolith.sim.simulator import Fault, Job, Progress, SimulationError, Simulator

__all__ = ["Convolution"]

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """A convolution that the array can compute: its tensors encoded, everything checked.

    Make one with `prepare`, then `run` it.
    """

    tiling: Tiling
    x: Array
    w: Array
    bias: Array | None
    act: FixedPoint
    weight: FixedPoint
    bias_ints: NDArray[np.int64] | None

    @classmethod
    def prepare(
        cls,
        config: ArrayConfig,
        x: Array,
        w: Array,
        bias: Array | None = None,
        *,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> "Convolution":
        """Checks shapes, values and sizes.

        Parameters
        ----------
        config : ArrayConfig
        x : array, (N, C, L) or (N, C, H, W)
            Integers, or floats that are exact in ``act_bits`` bits and a power-of-two scale.
        w : array, (OC, C / groups, K) or (OC, C / groups, KH, KW)
            The same with ``weight_bits``.
        bias : array, (OC,), optional
            Added to the sums.
        stride, padding, dilation : int, or one per axis
        groups : int

        Raises
        ------
        TypeError, ValueError
            For whatever PyTorch or this configuration cannot take, in one sentence.
        """
        layer = ConvLayer.from_shapes(
            x.shape, w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups
        )
        tiling = Tiling(config, layer)
        act = encode("the input", x, config.act_bits)
        weight = encode("the weight", w, config.weight_bits)
        bias_ints = None
        if bias is not None:
            if bias.shape != (layer.OC,):
                raise ValueError(
                    f"the bias must have the shape ({layer.OC},), one value per output channel, "
                    f"not {bias.shape}"
                )
            check_numbers("the bias", bias)
            # Its scale is the sums'; where it needs a finer one, the operands take it if they can.
            needed = fraction_of(bias)
            act = act.refined(needed - act.fraction - weight.fraction, config.act_bits)
            weight = weight.refined(needed - act.fraction - weight.fraction, config.weight_bits)
            bias_ints = encode_at("the bias", bias, act.fraction + weight.fraction)
        check_overflow(config, weight.ints, bias_ints)
        _check_exponents(config, act.fraction + weight.fraction)
        layer_registers(tiling)  # refuses what its registers cannot hold
        check_memories(tiling)
        return cls(
            tiling=tiling, x=x, w=w, bias=bias, act=act, weight=weight, bias_ints=bias_ints
        )

    @property
    def is_float(self) -> bool:
        """The result is real, not integer: some tensor holds floats."""
        tensors = (self.x, self.w, self.bias)
        return any(t is not None and t.dtype.kind == "f" for t in tensors)

    def run(
        self,
        simulator: Simulator,
        *,
        waves: Path | None = None,
        window: tuple[int, int] | None = None,
        fault: Fault | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Simulates, adds the bias, and compares with PyTorch; the parameters are `Job`'s.

        Raises
        ------
        SimulationError
            If the hardware hung, lost results, or took other cycles than the model says.
        """
        tiling = self.tiling
        run = simulator.run(
            Job(
                tiling=tiling,
                act=layout.act_words(tiling, self.act.ints),
                weight=layout.weight_words(tiling, self.weight.ints),
                waves=waves,
                window=window,
                fault=fault,
                progress=progress,
            )
        )
        if len(run.rows) != tiling.output_rows:
            raise SimulationError(
                f"the layer gave {len(run.rows)} rows of sums, not {tiling.output_rows}"
            )
        model_cycles = cycles.cycles(tiling)
        if run.cycles != model_cycles:
            raise SimulationError(
                f"the layer took {run.cycles} cycles, not {model_cycles} as the model says"
            )
        return Result(
            tiling=tiling,
            run=run,
            simulator=simulator.name,
            output=self.decode(layout.output_tensor(tiling, run.rows)),
            expected=torch_reference(tiling.layer, self.x, self.w, self.bias),
            model_cycles=model_cycles,
            biased=self.bias is not None,
        )

    def decode(self, sums: NDArray[np.int64]) -> Array:
        """Sums as the result's numbers, bias included: int64, or float64, which holds them all."""
        if self.bias_ints is not None:
            shape = (1, -1) + (1,) * self.tiling.layer.dims
            sums = sums + self.bias_ints.reshape(shape)
        if self.is_float:
            return FixedPoint(sums, self.act.fraction + self.weight.fraction).decode()
        return sums


def _check_exponents(config: ArrayConfig, fraction: int) -> None:
    """Refuses sums that would not be normal float64 numbers: PyTorch's would not be exact then."""
    low, high = -1022, 1023 - config.acc_bits
    if not low <= -fraction <= high:
        raise ValueError(
            f"the scale of the sums must be from 2**{low} to 2**{high}, not 2**{-fraction}"
        )
