"""What every accumulator holds, cycle by cycle, from the loop nest alone."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from convolith.model import cycles
from convolith.model.depthwise import AnyTiling, DepthwiseTiling
from convolith.model.depthwise_layout import channel_index
from convolith.model.layer import ConvLayer
from convolith.model.tiling import Tiling

__all__ = ["trace"]

Ints = NDArray[np.int64]


def trace(tiling: AnyTiling, x: Ints, w: Ints) -> Ints:
    """The sums since ``first``: entry [c, r, k] is PE (r, k)'s accumulator during cycle c.

    Cycle 1 follows the edge that accepts the layer; entry 0 and all until the first product are the
    zero that a reset leaves. Shape: (cycles + 1, R, C). Rows of a last tile without a pixel add up
    zeros, columns without an output channel as well.
    """
    config = tiling.config
    first = cycles.START_LATENCY + 1 + cycles.OPERANDS + cycles.array_latency(config)
    total = cycles.cycles(tiling)
    held = np.zeros((total + 1, config.rows, config.cols), dtype=np.int64)
    sums = np.zeros((config.rows, config.cols), dtype=np.int64)
    layer = tiling.layer
    x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    w = w.reshape(layer.OC, layer.group_IC, layer.KX, layer.KY)
    if isinstance(tiling, DepthwiseTiling):
        beats = _shared(tiling, x, w)
    else:
        beats = _beats(tiling, x, w)
    for slot, is_first, products in beats:
        sums = products if is_first else sums + products
        for r in range(config.rows):
            held[first + slot + tiling.delay(r) :, r] = sums[r]
    return held


def _beats(tiling: Tiling, x: Ints, w: Ints) -> Iterator[tuple[int, bool, Ints]]:
    """Per beat of the layer: its slot, whether it begins a tile, and its R x C dot products."""
    config, layer = tiling.config, tiling.layer
    pixels = list(np.ndindex(layer.N, layer.OX, layer.OY))
    step = 0
    for tile in range(tiling.tiles):
        taps = np.ndindex(tiling.row_blocks, layer.KX, layer.KY)
        for i, (block, kx, ky) in enumerate(taps):
            for beat in range(config.beats):
                products = np.zeros((config.rows, config.cols), dtype=np.int64)
                for r, (one, pixel) in enumerate(tiling.outputs(tile)):
                    if (ic_block := tiling.blocks(r)[block]) is None:
                        continue
                    ic = ic_block * config.lanes + beat * config.dot
                    ic_end = min(ic + config.dot, layer.group_IC)
                    g, oc_tile = divmod(one, tiling.oc_tiles)
                    oc = g * layer.group_OC + oc_tile * config.cols
                    oc_end = min(oc + config.cols, (g + 1) * layer.group_OC)
                    a = _input(layer, x, pixels[pixel], kx, ky)[g * layer.group_IC :][ic:ic_end]
                    products[r, : oc_end - oc] = w[oc:oc_end, ic:ic_end, kx, ky] @ a
                yield step * config.slots + beat, i == 0 and beat == 0, products
            step += 1


def _shared(tiling: DepthwiseTiling, x: Ints, w: Ints) -> Iterator[tuple[int, bool, Ints]]:
    """The same of a layer that shares words: a beat per tap, and one that begins each tile."""
    config, layer = tiling.config, tiling.layer
    taps = dict(tiling.taps())
    channels = channel_index(tiling)
    tile = 0
    for block, m, part in np.ndindex(tiling.pixel_words, tiling.multiplier, tiling.parts):
        for n, px, py in np.ndindex(layer.N, *tiling.patches):
            for cycle in sorted({0, *taps}):
                products = np.zeros((config.rows, config.cols), dtype=np.int64)
                for r in range(config.rows if cycle in taps else 0):
                    group, i, j = tiling.place(r)
                    pixel = n, px * tiling.patch[0] + i, py * tiling.patch[1] + j
                    a = _input(layer, x, pixel, *taps[cycle])
                    lanes = channels[block, part, group]
                    there = lanes >= 0
                    weights = w[lanes[there] * layer.group_OC + m, 0, *taps[cycle]]
                    products[r, there] = a[lanes[there]] * weights
                yield tile * tiling.tile_cycles + cycle, cycle == 0, products
            tile += 1


def _input(layer: ConvLayer, x: Ints, pixel: tuple[int, ...], kx: int, ky: int) -> Ints:
    """All channels of the input pixel under tap (kx, ky) of this output pixel; zero outside."""
    n, ox, oy = pixel
    ix = ox * layer.stride[0] + kx * layer.dilation[0] - layer.padding[0]
    iy = oy * layer.stride[1] + ky * layer.dilation[1] - layer.padding[1]
    if 0 <= ix < layer.IX and 0 <= iy < layer.IY:
        return x[n, :, ix, iy]
    return np.zeros(layer.IC, dtype=np.int64)
