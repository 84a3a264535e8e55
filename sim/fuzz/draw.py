"""Random arrays, and random convolutions that PyTorch accepts, with odd shapes more often."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.compile.bases import Bases
from convolith.model.compile.chain import Link, input_words, last_bases
from convolith.model.compile.schedule import Schedule
from convolith.model.layer import ConvLayer
from convolith.model.options.config import POST_MODES, ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.fuzz.corners import cornered
from convolith.sim.fuzz.large import delayed, longest, stretched, summed, wide, windowed
from convolith.sim.fuzz.numbers import Draw, one_of
from convolith.sim.fuzz.quantized import quantized_case
from convolith.sim.layers.case import Case

__all__ = [
    "Call",
    "draw_bases",
    "draw_call",
    "draw_chain_bases",
    "draw_config",
    "draw_environment",
    "draw_layer",
    "random_ints",
]

NOTHING_SPECIAL = 7

MANY_PRODUCTS = 1_000
"""In an output: half of such layers have extreme numbers."""


def draw_layer(draw: Draw, *, max_groups: int = 3, max_macs: int, extent: int = 9, kernel: int = 4,
               channels: int = 6) -> ConvLayer | None:
    """A 1D or 2D layer with batch, stride, padding, dilation and groups.

    None if the numbers make no layer, or one with more than ``max_macs`` MACs.
    """
    dims = draw(1, 2)
    groups = draw(1, max_groups)

    def pair(low: int, high: int) -> tuple[int, int]:
        return (draw(low, high) if dims == 2 else low, draw(low, high))

    (ix, iy), (kx, ky) = pair(1, extent), pair(1, kernel)
    padding, dilation = pair(0, 3), pair(1, 3)
    if ix + 2 * padding[0] <= dilation[0] * (kx - 1) or iy + 2 * padding[1] <= dilation[1] * (
        ky - 1
    ):
        return None
    layer = ConvLayer(
        N=draw(1, 3), IC=groups * draw(1, channels), OC=groups * draw(1, channels),
        IX=ix, IY=iy, KX=kx, KY=ky,
        stride=pair(1, 3), padding=padding, dilation=dilation, groups=groups, dims=dims,
    )
    return layer if layer.macs <= max_macs else None


@dataclass(frozen=True)
class Call:
    """A convolution as a user writes it: shapes, PyTorch's arguments, and the kind of numbers.

    ``kind``: signed or unsigned integers; extreme ones, which make the largest sums; or float32 or
    float64, most of which must be rounded.
    ``quantized``: the layer is quantized, if the array has lanes.
    """

    x_shape: tuple[int, ...]
    w_shape: tuple[int, ...]
    arguments: dict[str, Any]
    biased: bool
    kind: str
    quantized: bool

    def case(self, config: ArrayConfig, seed: int) -> Case:
        """The case with random tensors: with a bias and unsigned inputs only if the array can."""
        if self.quantized and config.post_lanes:
            return quantized_case(config, self.x_shape, self.w_shape, self.arguments,
                                  biased=self.biased, seed=seed)
        biased = self.biased and config.bias_words > 0
        x: NDArray[Any]
        w: NDArray[Any]
        bias: NDArray[Any] | None
        if self.kind.startswith("float"):
            rng = np.random.default_rng(seed)

            def normal(*shape: int) -> NDArray[Any]:
                return rng.standard_normal(shape).astype(self.kind)

            x, w = normal(*self.x_shape), normal(*self.w_shape)
            bias = normal(self.w_shape[0]) if biased else None
        else:
            x = random_ints(seed, self.x_shape, config.act_bits)
            if self.kind == "unsigned" and config.bias_words:
                x = x + (1 << (config.act_bits - 1))
            w = random_ints(seed + 1, self.w_shape, config.weight_bits)
            if self.kind == "extreme":
                x = np.full_like(x, x.min())
                w[:] = np.where(w[:, :1] < 0, w.min(), -1 - w.min())
            bias = random_ints(seed + 2, self.w_shape[:1], 20) if biased else None
        return Case(config=config, x=x, w=w, bias=bias, arguments=self.arguments)


def draw_call(
    draw: Draw, *, size_bits: int = 0, form: str = "", **limits: int
) -> Call | None:
    """A call of a layer from `draw_layer`, now and then depthwise or linear.

    It has all kinds of padding and numbers. With ``size_bits``, those of the array, one in five has
    a large number (`stretched`), and one in five has any (`wide`). ``form``: each is ``depthwise``,
    ``delayed``, one of the ``longest``, has ``large`` numbers of these kinds, sums that are
    ``summed`` in parts, or numbers at a ``corner`` (`cornered`). None as for `draw_layer`.
    """
    layer = draw_layer(draw, max_groups=4, **limits)
    numbers = draw(*((1, 2) if form == "large" else (0, 4))) if size_bits else 0
    if form == "corner":
        layer = cornered(draw, size_bits, limits["max_macs"])
    elif form == "delayed":
        layer = delayed(draw, size_bits)
    elif form == "longest":
        layer = longest(draw, size_bits)
    elif form == "summed" and layer is not None:
        layer = summed(draw, layer, size_bits)
    elif form == "depthwise" and draw(0, 1):
        layer = windowed(draw, size_bits)
    elif numbers == 1 and layer is not None:
        layer = stretched(draw, layer, size_bits)
    elif numbers == 2:
        layer = wide(draw, size_bits, limits["max_macs"])
    if layer is not None and layer.macs > limits["max_macs"]:
        return None
    if layer is None:
        return None
    biased = bool(draw(0, 1))
    kind = one_of(draw, (*["signed", "unsigned"] * 2, "extreme", "float32", "float64"))
    products = layer.IC // layer.groups * layer.KX * layer.KY
    if products > MANY_PRODUCTS and draw(0, 1):  # the largest sums
        kind = "extreme"
    quantized = bool(draw(0, 1))
    special = draw(0, 7)
    if form == "depthwise":
        special = 1
    elif form in ("delayed", "longest", "summed", "corner"):
        special = NOTHING_SPECIAL
    if special == 0:
        shape = (layer.N, layer.IX, layer.IC)[draw(0, 1) :]
        return Call(shape, (layer.OC, layer.IC), {}, biased, kind, quantized)
    if special <= 2:
        channels, multiplier = draw(1, 20), draw(1, 2)
        layer = replace(layer, IC=channels, OC=channels * multiplier, groups=channels)
        if layer.macs > limits["max_macs"]:
            return None
    arguments = layer.torch_arguments()
    extents, kernels = layer.x_shape[2:], layer.w_shape[2:]
    mode = one_of(draw, ("zeros", "zeros", "zeros", "reflect", "replicate", "circular"))
    reach = [d * (k - 1) for d, k in zip(arguments["dilation"], kernels, strict=True)]
    how = one_of(draw, ("numbers", "numbers", "numbers", "numbers", "same", "valid"))
    if how == "same":
        arguments |= {"stride": (1,) * layer.dims, "padding": "same"}
    elif how == "valid" and all(r < i for r, i in zip(reach, extents, strict=True)):
        arguments["padding"] = "valid"
    sides = {"same": reach, "valid": [0]}.get(arguments["padding"], arguments["padding"])
    if all(side < extent for side, extent in zip(sides, extents, strict=False)):
        arguments["padding_mode"] = mode
    for name, value in arguments.items():
        if isinstance(value, tuple) and len(set(value)) == 1:  # one number means the same
            arguments[name] = one_of(draw, (value, value[0], [value[0]]))
    return Call(layer.x_shape, layer.w_shape, arguments, biased, kind, quantized)


def draw_config(
    draw: Draw, *, side: int = 5, dots: tuple[int, int] = (1, 4), multipliers: int = 100,
    small: bool = False,
) -> ArrayConfig | None:
    """An array of up to ``side`` rows and columns. If ``small``, its memories are often too small.

    None if it has more than ``multipliers``.
    """
    dot = draw(*dots)
    depths = (8192, 8192, 256, 64, 16) if small else (8192,)
    lanes = draw(0, 2) == 0
    act_bits, weight_bits = (draw(8, 9), draw(9, 10)) if lanes else (draw(2, 16), draw(2, 16))
    # 32 bits hold the sums of 2,000 products of 20.
    sums = (32,) if lanes else (48, 32) if act_bits + weight_bits <= 20 else (48,)
    rows, cols = draw(1, side), draw(1, side)
    if rows * cols * dot > multipliers:
        return None
    words = dot * draw(1, side + 1)
    post_lanes = one_of(draw, [n for n in range(1, cols + 1) if cols % n == 0]) if lanes else 0
    packs = bool(draw(0, 1))
    stores = lanes and not packs and bool(draw(0, 2))
    if stores:  # the words hold a power of two of results
        words = post_lanes << draw(0, 3)
        stores = words % dot == 0 and words <= 4 * dot * side
        words = words if stores else dot
    return ArrayConfig(
        rows=rows, cols=cols, dot=dot, lanes=words,
        act_bits=act_bits, weight_bits=weight_bits, acc_bits=one_of(draw, sums),
        addr_bits=one_of(draw, (13, 14, 20)), size_bits=one_of(draw, (5, 6, 8, 10, 16)),
        act_words=one_of(draw, depths), weight_words=one_of(draw, depths),
        bias_words=64 if lanes else one_of(draw, (0, 64)), sum_words=one_of(draw, (0, 32)),
        depthwise=bool(draw(0, 1)), pack_edges=packs,
        post_lanes=post_lanes, store_results=stores,
        post_mode=one_of(draw, POST_MODES) if lanes else "int32",
    )


def draw_bases(draw: Draw, schedule: Schedule) -> Bases:
    """Where a layer's words may begin: now and then at the end of the memories."""
    last = asdict(schedule.last_bases)
    return Bases(**{name: _place(draw, 0, most) for name, most in last.items()})


def draw_chain_bases(draw: Draw, links: Sequence[Link]) -> list[Bases]:
    """Where the words of a chain's layers may begin: an input lies below or above its output."""
    found: list[Bases] = []
    words = input_words(links)
    before = range(0)  # the words of the input before
    for end, size, output in zip(last_bases(links), words, [*words[1:], 0], strict=True):
        places = [
            (max(first, other), min(last, another))
            for first, last in ((0, before.start - size), (before.stop, end.act))
            # The output has room above it, or below.
            for other, another in ((0, end.act - output), (output, end.act))
        ]
        low, high = one_of(draw, [place for place in places if place[0] <= place[1]])
        act = _place(draw, low, high)
        before = range(act, act + size)
        weight, bias = (_place(draw, 0, last) for last in (end.weight, end.bias))
        found.append(Bases(act=act, weight=weight, bias=bias))
    return found


def draw_environment(draw: Draw) -> Environment:
    """Outputs that are ready always, or in some cycles; idle registers scrambled, or not."""
    return Environment(
        percent=one_of(draw, (100, 90, 60, 30, 30, 10)), scrambled=draw(0, 3) > 0,
        seed=draw(0, (1 << 32) - 1),
    )


def _place(draw: Draw, low: int, high: int) -> int:
    """Now and then at one of the ends."""
    return one_of(draw, (low, high, draw(low, high), draw(low, high)))


def random_ints(seed: int, shape: tuple[int, ...], bits: int) -> NDArray[np.int64]:
    """Random signed integers of ``bits`` bits. Some are set to the least value."""
    values = np.random.default_rng(seed).integers(-(1 << (bits - 1)), 1 << (bits - 1), shape)
    values.flat[:: max(1, values.size // 3)] = -(1 << (bits - 1))
    return values
