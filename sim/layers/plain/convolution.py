"""One convolution through the array: encode, simulate, compare with PyTorch."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Array
from convolith.model.compile.planner import plan
from convolith.model.layer import ConvLayer
from convolith.model.numbers.fixed_point import FixedPoint
from convolith.model.numbers.overflow import check_overflow
from convolith.model.options.config import ArrayConfig
from convolith.model.padding import pad_input
from convolith.sim.layers.common.error import FloatError
from convolith.sim.layers.common.linear import as_convolution
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.layers.common.reference import Reference
from convolith.sim.layers.plain.operands import encoded

__all__ = ["Convolution"]


@dataclass(frozen=True, kw_only=True)
class Convolution(Prepared):
    """A convolution that the array can compute: its tensors encoded, everything checked.

    Make one with `prepare`, then `run` it.
    """

    reference: Reference
    act: FixedPoint
    weight: FixedPoint
    asked: Reference  # the user's own tensors: the reference's, if none had to be rounded

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
        padding_mode: str = "zeros",
        exact: bool = False,
        plain: bool = False,
    ) -> "Convolution":
        """Checks shapes, values and sizes.

        Parameters
        ----------
        config : ArrayConfig
        x : array, (N, C, L) or (N, C, H, W), or without the batch
            Integers of ``act_bits`` bits, or floats, which become such integers times a power of
            two: exactly, if they can be, or rounded (`round_to`). Signed or, if none is negative,
            unsigned.
        w : array, (OC, C / groups, K) or (OC, C / groups, KH, KW)
            The same with ``weight_bits``, signed. (out, in): a linear layer; ``x`` is (..., in).
        bias : array, (OC,), optional
            Added to the sums; rounded to their scale, if need be.
        stride, padding, dilation : int, or one per axis
            ``padding`` may also be two per axis, (left, right, top, bottom) or (left, right) as
            ``torch.nn.functional.pad`` has them, or ``"same"`` or ``"valid"``.
        groups : int
        padding_mode : str
            As PyTorch's. Other than zeros, it is put around the input before that is loaded.
        exact : bool
            Floats that would have to be rounded are refused.
        plain : bool
            Kernels are not folded, groups not merged, words not shared.

        Raises
        ------
        TypeError, ValueError
            For whatever PyTorch or this configuration cannot take, in one sentence.
        """
        asked = Reference(
            x=x, w=w, bias=bias, stride=stride, padding=padding, dilation=dilation, groups=groups,
            padding_mode=padding_mode,
        )
        arguments = {"stride": stride, "dilation": dilation, "groups": groups}
        x3, w3 = x, w
        if w.ndim in (3, 4) and x.ndim == w.ndim - 1:
            x3 = x[None]
        if w.ndim == 2:
            x3, w3 = as_convolution(x, w, padding=padding, padding_mode=padding_mode, **arguments)
        layer = ConvLayer.from_shapes(x3.shape, w3.shape, padding=padding, **arguments)
        if bias is not None and bias.shape != (layer.OC,):
            raise ValueError(
                f"the bias must have the shape ({layer.OC},), one value per output channel, "
                f"not {bias.shape}"
            )
        act, weight, added, reference = encoded(config, asked, exact=exact)
        act = replace(act, ints=act.ints.reshape(x3.shape))
        unpadded = layer if padding_mode != "zeros" else None
        if unpadded:
            after = layer.padding_after or layer.padding
            act = replace(act, ints=pad_input(act.ints, layer.padding, after, padding_mode))
            layer = ConvLayer.from_shapes(act.ints.shape, w3.shape, **arguments)
        if act.offset:  # what a shifted input takes from the sums
            weights = weight.ints.reshape(layer.OC, -1).sum(axis=1)
            added = act.offset * weights + (0 if added is None else added)
        if added is not None and not config.bias_words:
            what = "a bias" if bias is not None else "an unsigned input"
            raise ValueError(f"bias_words must be at least 1 for {what}, not 0")
        check_overflow(config, weight.ints, added)
        _check_exponents(config, act.fraction + weight.fraction)
        schedule = plan(config, layer, biased=added is not None, plain=plain)
        return cls(
            config=config,
            layer=layer,
            schedule=schedule,
            reference=reference,
            unpadded=unpadded,
            x=act.ints.reshape(layer.N, layer.IC, layer.IX, layer.IY),
            w=weight.ints.reshape(layer.OC, -1, layer.KX, layer.KY),
            bias=added,
            padding_value=-act.offset,
            act=act,
            weight=weight,
            asked=asked,
        )

    @property
    def rounded(self) -> bool:
        """Floats had to be rounded."""
        return self.asked is not self.reference

    @property
    def formats(self) -> dict[str, str]:
        """Input and weight as Qm.n; integers are as they are, with n = 0."""
        bits = {"act": self.config.act_bits, "weight": self.config.weight_bits}
        return {name: getattr(self, name).format(width) for name, width in bits.items()}

    @property
    def is_float(self) -> bool:
        """The result is real, not integer: some tensor holds floats."""
        return self.reference.is_float

    def error(self, output: Array) -> FloatError | None:
        """Of a result against floats that had to be rounded."""
        if not self.rounded or not output.size:  # of nothing, nothing was rounded
            return None
        return FloatError.between(self.asked.output(), output)

    @property
    def steps(self) -> tuple[float, float]:
        if not self.is_float:
            return 1.0, 1.0
        return 2.0**-self.act.fraction, 2.0**-self.weight.fraction

    @property
    def input_offset(self) -> int:
        return self.act.offset

    @property
    def is_linear(self) -> bool:
        return self.reference.w.ndim == 2

    @property
    def scale(self) -> float:
        return 2.0 ** -(self.act.fraction + self.weight.fraction) if self.is_float else 1.0

    def decode(self, sums: NDArray[np.int64]) -> Array:
        """Sums as the result's numbers: int64, or float64, which holds them all."""
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
