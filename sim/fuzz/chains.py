"""Random chains: quantized layers of which each takes what the one before has stored."""

from dataclasses import replace
from math import prod

from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.fuzz.corners import cornered
from convolith.sim.fuzz.draw import draw_layer
from convolith.sim.fuzz.numbers import Draw
from convolith.sim.fuzz.quantized import quantized_case
from convolith.sim.layers.case import Case
from convolith.sim.layers.chain_case import ChainCase, ChainLayer

__all__ = ["draw_chain"]

MOST_LAYERS = 4


def draw_chain(
    draw: Draw, config: ArrayConfig, *, form: str = "", **limits: int
) -> ChainCase | None:
    """A chain for an array that stores results; None if the numbers make none.

    ``form``: ``corner``, if its first layer is one of `cornered`.
    """
    layer: ConvLayer | None
    if form == "corner":
        layer = cornered(draw, config.size_bits, limits["max_macs"])
    else:
        layer = _first(draw, **limits)
    cases: list[Case] = []
    for _ in range(draw(2, MOST_LAYERS)):
        if layer is None or layer.macs > limits["max_macs"]:
            break
        before = cases[-1].quantized if cases else None
        cases.append(quantized_case(
            config, layer.x_shape, layer.w_shape, layer.torch_arguments(),
            biased=bool(draw(0, 1)), seed=draw(0, 1 << 30),
            before=before["output"] if before else None,
        ))
        layer = _next(draw, layer, limits["channels"])
    if len(cases) < 2:
        return None
    layers = [
        ChainLayer(w=case.w, bias=case.bias, arguments=case.arguments, quantized=case.quantized)
        for case in cases if case.quantized is not None
    ]
    return ChainCase(config=config, x=cases[0].x, layers=layers)


def _first(draw: Draw, **limits: int) -> ConvLayer | None:
    """The first layer: any, and now and then a depthwise one, or one with many pixels."""
    layer = draw_layer(draw, **limits)
    if layer and draw(0, 2) == 0:
        channels = draw(1, limits["channels"])
        layer = replace(layer, IC=channels, OC=channels, groups=channels)
    if layer and draw(0, 2) == 0:
        layer = _long(draw, layer, limits["extent"])
    return layer


def _long(draw: Draw, layer: ConvLayer, extent: int) -> ConvLayer:
    """The layer with many pixels along one axis, and a few along the other."""
    x, y = draw(1, 3), draw(extent // 2, extent)
    if layer.dims == 1:
        x = 1
    elif draw(0, 1):
        x, y = y, x
    return replace(
        layer, IX=x, IY=y, KX=min(x, layer.KX), KY=min(y, layer.KY), stride=(1, 1),
        dilation=(1, 1),
    )


def _next(draw: Draw, layer: ConvLayer, channels: int) -> ConvLayer | None:
    """A layer that takes the output: any, or a depthwise one."""
    extents = (layer.OX, layer.OY)
    x, y = (draw(0, 1) if extent > 1 else 0 for extent in extents)
    kernels = [
        draw(1, min(3, extent + 2 * pad)) for extent, pad in zip(extents, (x, y), strict=True)
    ]
    deep = draw(0, 2) == 0
    if not prod(extents):
        return None
    return ConvLayer(
        N=layer.N, IC=layer.OC, OC=layer.OC if deep else draw(1, channels), IX=layer.OX,
        IY=layer.OY, KX=kernels[0], KY=kernels[1], padding=(x, y),
        stride=(draw(1, 2) if layer.dims == 2 else 1, draw(1, 2)),
        groups=layer.OC if deep else 1, dims=layer.dims,
    )
