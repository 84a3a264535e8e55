"""Random layers with large numbers, which use all bits of the registers for shapes."""

from dataclasses import replace
from typing import Any

from convolith.model.layer import ConvLayer
from convolith.model.options.shared_words import LEAST_LINE_DELAY
from convolith.sim.fuzz.numbers import Draw, one_of

__all__ = ["delayed", "longest", "stretched", "summed", "wide", "windowed"]

MOST_EXTENT = 1 << 10
"""Of a layer with one large number: more would run for too long."""

HOW = (
    "stride", "dilation", "extent", "oc", "ic", "groups", "batch", "pixels", "deep", "padding",
)
"""What is large in a layer."""

MOST_WINDOW = 100
"""Taps of a layer with a long kernel."""

MOST_OUTPUTS = 11
"""Bits of their number, in a layer as long as the registers hold."""

MOST_SIDE = 40
"""Of a layer with three."""


def stretched(draw: Draw, layer: ConvLayer, size_bits: int) -> ConvLayer:
    """The layer with large strides or dilations; or smaller, but for one number near its limit.

    The limit is that of the shape registers, 2**``size_bits``.
    """
    most = min((1 << size_bits) - draw(1, 4), MOST_EXTENT)
    how = one_of(draw, HOW)
    small = replace(
        layer, N=1, IC=1, OC=1, groups=1, IX=1, KX=1, IY=layer.KY, stride=(1, 1), padding=(0, 0),
        dilation=(1, 1),
    )
    if how == "stride":
        x, y = (draw(2, 20) if draw(0, 1) else of for of in layer.stride)
        return _covering(draw, layer, stride=(x if layer.dims == 2 else 1, y))
    if how == "dilation":
        x, y = (draw(2, 24) if draw(0, 1) else of for of in layer.dilation)
        return _covering(draw, layer, dilation=(x if layer.dims == 2 else 1, y))
    if how == "padding":  # more outputs than the memory has words of inputs
        x, y = (
            draw(pad, max(pad, (min(most, MOST_SIDE) - extent) // 2))
            for pad, extent in zip(layer.padding, (layer.IX, layer.IY), strict=True)
        )
        return replace(
            layer, N=draw(1, 3), IC=1, OC=1, groups=1, stride=(1, 1),
            padding=(x if layer.dims == 2 else 0, y),
        )
    if how == "extent":
        padding = draw(0, 2)
        extent = max(most - 2 * padding, layer.KY)
        if layer.dims == 2 and draw(0, 1):
            return replace(
                small, IX=extent, KX=layer.KY, IY=1, KY=1, padding=(padding, 0),
                stride=(draw(1, 3), 1),
            )
        return replace(small, IY=extent, padding=(0, padding), stride=(1, draw(1, 3)))
    if how == "pixels":
        x, y, n = (draw(1 + most // 2, most) for _ in range(3))
        return replace(small, IY=y, KY=1, IX=x if layer.dims == 2 else 1, N=n)
    if how == "deep":  # the longest sums
        x, y, ic = (draw(1 + side // 2, side) for side in [min(most, MOST_SIDE)] * 3)
        x = x if layer.dims == 2 else 1
        return replace(small, IC=ic, IX=x, KX=x, IY=y, KY=y)
    changes: dict[str, dict[str, Any]] = {
        "oc": {"OC": most}, "ic": {"IC": most}, "batch": {"N": most},
        "groups": {"groups": most, "IC": most, "OC": most},
    }
    return replace(small, **changes[how])


def summed(draw: Draw, layer: ConvLayer, size_bits: int) -> ConvLayer:
    """The layer with a few pixels, or some more, and many input channels.

    So its weights seldom fit small memories, and its sums must be kept in between.
    """
    most = min((1 << size_bits) - 1, MOST_SIDE)
    x, y = (draw(1, 8) for _ in range(2))
    x, kx = (x, layer.KX) if layer.dims == 2 else (1, 1)
    return replace(
        layer, N=1, IC=draw(most // 2, most), OC=draw(1, 4), groups=1, IX=x + kx - 1, KX=kx,
        IY=y + layer.KY - 1, stride=(1, 1), padding=(0, 0), dilation=(1, 1),
    )


def windowed(draw: Draw, size_bits: int) -> ConvLayer:
    """A layer with one channel, a few outputs, and a kernel as long as the registers hold."""
    most = min((1 << size_bits) - 1, MOST_SIDE)
    outputs = [draw(1, 6), draw(1, 6)]
    kernels = [draw(1, most + 1 - of) for of in outputs]
    i = draw(0, 1)
    kernels[i] = min(kernels[i], max(1, MOST_WINDOW // kernels[1 - i]))
    x, y = (of + kernel - 1 for of, kernel in zip(outputs, kernels, strict=True))
    return ConvLayer(IC=1, OC=1, IX=x, IY=y, KX=kernels[0], KY=kernels[1])


def delayed(draw: Draw, size_bits: int) -> ConvLayer:
    """A depthwise layer with a few outputs, and a kernel that is long along y.

    Where words are shared, the weights of a patch's line wait for those of the line before, for
    about as many cycles as the kernel is long.
    """
    channels, outputs = draw(2, 4), [draw(2, 5), one_of(draw, (1, 2, 2, 4))]
    taps = LEAST_LINE_DELAY + 1
    if draw(0, 2):
        taps -= min(draw(0, taps - 2), draw(0, taps - 2))
    kernels = [draw(2, 3), min(taps, (1 << size_bits) - outputs[1])]
    x, y = (of + kernel - 1 for of, kernel in zip(outputs, kernels, strict=True))
    return ConvLayer(
        IC=channels, OC=channels, groups=channels, IX=x, IY=y, KX=kernels[0], KY=kernels[1]
    )


def longest(draw: Draw, size_bits: int) -> ConvLayer:
    """A layer with one axis nearly as long as the registers hold, and a few outputs along it.

    The axis is long by its input, by padding, or by the distance of its taps.
    """
    padded = (1 << size_bits) - draw(1, 1 << size_bits - 2)
    kernel, dilation, padding = draw(1, 3), draw(1, 3), draw(0, 2)
    how = draw(0, 2)
    if how == 1:
        padding = draw(padded // 4, (padded - 1) // 2)
    elif how == 2 and kernel > 1:
        dilation = draw((padded - 1) // (2 * kernel - 2), (padded - 1) // (kernel - 1))
        padding = draw(0, (padded - 1) // 2)
    reach = dilation * (kernel - 1)
    outputs = draw(1, 1 << draw(0, MOST_OUTPUTS))
    stride = max(1, (padded - reach) // outputs)
    layer = ConvLayer(
        IC=draw(1, 2), OC=draw(1, 3), IY=padded - 2 * padding, KY=kernel, dims=draw(1, 2),
        stride=(1, stride), padding=(0, padding), dilation=(1, dilation),
    )
    if layer.dims == 2 and draw(0, 1):
        return replace(
            layer, IX=layer.IY, IY=1, KX=kernel, KY=1, stride=(stride, 1), padding=(padding, 0),
            dilation=(dilation, 1),
        )
    return layer


def _covering(draw: Draw, layer: ConvLayer, **changes: tuple[int, int]) -> ConvLayer:
    """The layer with changes, and with an input that has a few outputs along each axis."""
    strides = changes.get("stride", layer.stride)
    dilations = changes.get("dilation", layer.dilation)
    x, y = (
        (draw(1, 4) - 1) * stride + dilation * (kernel - 1) + 1
        for stride, dilation, kernel in zip(
            strides, dilations, (layer.KX, layer.KY), strict=True
        )
    )
    return replace(
        layer, IX=x if layer.dims == 2 else 1, IY=y, stride=strides, dilation=dilations
    )


def wide(draw: Draw, size_bits: int, max_macs: int) -> ConvLayer | None:
    """A layer whose numbers are of all sizes, as many MACs as they may be.

    Each number has any count of bits, so that large ones are not rare. None if they make no layer.
    """
    dims, left = draw(1, 2), max_macs
    limit = min(1 << size_bits, MOST_EXTENT) - 1
    names = ["N", "OC", "IC", "groups", "OX", "OY", "KX", "KY"]
    if dims == 1:
        names = [name for name in names if "X" not in name]
    found = {"OX": 1, "KX": 1}
    while names:
        name = names.pop(draw(0, len(names) - 1))
        most = min(left, limit)
        power = 1 << draw(0, most.bit_length() - 1)
        found[name] = draw(power, min(most, 2 * power - 1))
        left //= found[name]
    ix, x = _axis(draw, found["OX"], found["KX"]) if dims == 2 else (1, (1, 0, 1))
    iy, y = _axis(draw, found["OY"], found["KY"])
    if max(found["groups"] * max(found["IC"], found["OC"]), ix, iy) > limit:
        return None
    strides, paddings, dilations = zip(x, y, strict=True)
    return ConvLayer(
        N=found["N"], IC=found["groups"] * found["IC"], OC=found["groups"] * found["OC"],
        IX=ix, IY=iy, KX=found["KX"], KY=found["KY"], groups=found["groups"], dims=dims,
        stride=strides, padding=paddings, dilation=dilations,
    )


def _axis(draw: Draw, outputs: int, kernel: int) -> tuple[int, tuple[int, int, int]]:
    """An axis with so many outputs and taps: its extent, stride, padding and dilation."""
    stride = draw(1, 3) if draw(0, 2) else draw(1, 20)
    dilation = draw(1, 3) if draw(0, 2) else draw(1, 24)
    reach = dilation * (kernel - 1)
    extent = (outputs - 1) * stride + reach + 1 + draw(0, stride - 1)
    padding = draw(0, min(reach, (extent - 1) // 2))
    return extent - 2 * padding, (stride, padding, dilation)
