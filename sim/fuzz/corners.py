"""Layers that take one part of the core's registers to their largest numbers."""

from typing import NamedTuple

from convolith.model.layer import ConvLayer
from convolith.sim.fuzz.large import MOST_SIDE
from convolith.sim.fuzz.numbers import Draw, one_of

__all__ = ["cornered"]


class Axis(NamedTuple):
    """Numbers of one axis."""

    extent: int
    kernel: int
    stride: int
    padding: int
    dilation: int


def cornered(draw: Draw, size_bits: int, max_macs: int) -> ConvLayer:
    """A layer with many tiles, with taps or outputs far apart, or a depthwise one.

    The depthwise ones have words far apart, or many patches.
    """
    most = min((1 << size_bits) - 1, MOST_SIDE)
    return one_of(draw, (_tiled, _spread, _stepped, _patched))(draw, most, max_macs)


def _tiled(draw: Draw, most: int, max_macs: int) -> ConvLayer:
    """Many outputs of a few inputs: most of what they take is padding."""
    axes = []
    for _ in range(2):
        extent, kernel = draw(1, 4), draw(1, 2)
        padding = draw((most - extent) // 4, (most - extent) // 2)
        axes.append(Axis(extent, kernel, 1, padding, 1))
    channels = draw(1, 3)
    batch = min(most, max_macs // _layer(axes, OC=channels).macs)
    return _layer(axes, OC=channels, N=draw(1, max(1, batch)))


def _spread(draw: Draw, most: int, max_macs: int) -> ConvLayer:
    """A few taps, or outputs, far apart along one axis or both; some of them lie in the padding.

    Half of them have 8, 16 or 24 channels. These fill their words, so that the planner does not
    fold the kernel, and the taps stay far apart.
    """
    short = one_of(draw, (None, 0, 1))
    axes = []
    for i in range(2):
        if i == short:
            kernel = draw(1, 2)
            axes.append(Axis(draw(kernel, 3), kernel, 1, 0, 1))
            continue
        far = draw(most // 2, most - 1)
        padded = draw(far + 1, most)
        padding = draw(0, (padded - 1) // 2)
        taps = draw(0, 1)
        axes.append(Axis(
            extent=padded - 2 * padding, kernel=2 if taps else draw(1, padded - far),
            stride=1 if taps else far, padding=padding, dilation=far if taps else 1,
        ))
    channels = draw(1, 4) if draw(0, 1) else 8 * draw(1, 3)
    return _layer(axes, N=draw(1, 2), IC=channels, OC=draw(1, 4))


def _stepped(draw: Draw, most: int, max_macs: int) -> ConvLayer:
    """A depthwise layer of many channels, with steps as long between taps as between outputs."""
    step, outputs, kernel = draw(2, 10), draw(1, 4), draw(2, 4)
    extent = min(most, step * (outputs + kernel - 2) + 1)
    kernel = min(kernel, 1 + (extent - 1) // step)
    channels = draw(most // 2, most)
    axes = [Axis(1, 1, 1, 0, 1), Axis(extent, kernel, step, 0, step)]
    return _layer(axes, IC=channels, OC=channels, groups=channels)


def _patched(draw: Draw, most: int, max_macs: int) -> ConvLayer:
    """A depthwise layer of few channels, and with many images, or with many outputs along x."""
    channels = draw(1, 4)
    batch, x = (draw(1, most // 2), draw(1, 2)) if draw(0, 1) else (1, draw(most // 2, most))
    kernels = draw(1, min(x, 2)), draw(1, 2)
    axes = [Axis(x, kernels[0], 1, 0, 1), Axis(draw(kernels[1], 4), kernels[1], 1, 0, 1)]
    return _layer(axes, N=batch, IC=channels, OC=channels, groups=channels)


def _layer(
    axes: list[Axis], *, N: int = 1, IC: int = 1, OC: int = 1, groups: int = 1
) -> ConvLayer:
    x, y = axes
    return ConvLayer(
        N=N, IC=IC, OC=OC, IX=x.extent, IY=y.extent, KX=x.kernel, KY=y.kernel, groups=groups,
        stride=(x.stride, y.stride), padding=(x.padding, y.padding),
        dilation=(x.dilation, y.dilation),
    )
