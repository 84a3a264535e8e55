"""Layers, arrays and numbers for property tests."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from convolith.model.config import ArrayConfig
from convolith.model.layer import ConvLayer

MAX_MACS = 20_000  # keeps the loop nest and the simulators quick


@st.composite
def layers(draw, max_groups: int = 3, max_macs: int = MAX_MACS) -> ConvLayer:
    """Small layers: 1D and 2D, batch, stride, padding, dilation and groups."""
    dims = draw(st.integers(1, 2))
    groups = draw(st.integers(1, max_groups))

    def pair(low, high):
        x = draw(st.integers(low, high)) if dims == 2 else low
        return (x, draw(st.integers(low, high)))

    ix, iy = pair(1, 9)
    kx, ky = pair(1, 4)
    padding, dilation = pair(0, 3), pair(1, 3)
    assume(ix + 2 * padding[0] > dilation[0] * (kx - 1))
    assume(iy + 2 * padding[1] > dilation[1] * (ky - 1))
    layer = ConvLayer(
        N=draw(st.integers(1, 3)),
        IC=groups * draw(st.integers(1, 6)),
        OC=groups * draw(st.integers(1, 6)),
        IX=ix, IY=iy, KX=kx, KY=ky,
        stride=pair(1, 3), padding=padding, dilation=dilation,
        groups=groups, dims=dims,
    )  # fmt: skip
    assume(layer.macs <= max_macs)
    return layer


@st.composite
def configs(draw, dots=None) -> ArrayConfig:
    """Small arrays, memories deep enough for `layers`."""
    dot = draw(st.integers(1, 4) if dots is None else dots)
    return ArrayConfig(
        rows=draw(st.integers(1, 5)),
        cols=draw(st.integers(1, 5)),
        dot=dot,
        lanes=dot * draw(st.integers(1, 6)),
        act_bits=draw(st.integers(2, 16)),
        weight_bits=draw(st.integers(2, 16)),
        acc_bits=48,
        addr_bits=14,
        size_bits=10,
        act_words=8192,
        weight_words=8192,
    )


def random_ints(seed: int, shape: tuple[int, ...], bits: int) -> np.ndarray:
    """Signed integers of that many bits, both extremes among them where there is room."""
    values = np.random.default_rng(seed).integers(-(1 << bits - 1), 1 << bits - 1, shape)
    values.flat[:: max(1, values.size // 3)] = -(1 << bits - 1)
    return values
