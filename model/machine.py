"""What the core computes from the words in its memories: the rows of sums, without a clock.

It reads the words as the hardware's addresses do (`layout`, `depthwise_layout`), so that planning,
relayout and splitting of a layer can be checked without RTL.
"""

import numpy as np
from numpy.typing import NDArray

from convolith.model.depthwise import AnyTiling, DepthwiseTiling
from convolith.model.layer import ConvLayer
from convolith.model.paired import PairedTiling
from convolith.model.tiling import Tiling

__all__ = ["rows_of_sums"]

Ints = NDArray[np.int64]
Words = NDArray[np.integer]


def rows_of_sums(
    tiling: AnyTiling,
    act: Words,
    weight: Words,
    bias: Words | None = None,
    *,
    padding_value: int = 0,
) -> Ints:
    """The sums in the order in which they leave, (output rows, C).

    Parameters
    ----------
    tiling : Tiling or DepthwiseTiling
    act, weight : integer array
        Memory words, (words, V) and (words, C * D).
    bias : integer array, optional
        Words that are added, (words, C).
    padding_value : int
        What lies outside the input.
    """
    pixels = _pad(tiling.layer, act, padding_value)
    if isinstance(tiling, DepthwiseTiling):
        return _shared(tiling, pixels, weight, bias)
    return _plain(tiling, pixels, weight, bias)


def _pad(layer: ConvLayer, act: Words, value: int) -> Words:
    """(N, x, y, words of a pixel, V), with what surrounds the image, or without what is cut off."""
    pixels = act.reshape(layer.N, layer.IX, layer.IY, -1, act.shape[1])
    after = layer.padding_after or layer.padding
    sides = [(before, max(0, after)) for before, after in zip(layer.padding, after, strict=True)]
    padded = np.pad(pixels, [(0, 0), *sides, (0, 0), (0, 0)], constant_values=value)
    x, y = layer.padded_extent
    return padded[:, :x, :y]


def _under(layer: ConvLayer, pixels: Words, x: int, y: int, outputs: tuple[int, int]) -> Words:
    """The pixels of all outputs under one place of the kernel, from (x, y) on, stride by stride."""
    (sx, sy), (ox, oy) = layer.stride, outputs
    return pixels[:, x : x + (ox - 1) * sx + 1 : sx, y : y + (oy - 1) * sy + 1 : sy]


def _plain(tiling: Tiling, pixels: Words, weight: Words, bias: Words | None) -> Ints:
    """Rows (g, oc_tile, n, ox, oy)."""
    layer, config = tiling.layer, tiling.config
    pair = 2 if isinstance(tiling, PairedTiling) else 1
    words = weight.reshape(
        layer.groups, tiling.oc_tiles, pair, tiling.row_blocks, layer.KX, layer.KY,
        config.beats, config.cols, config.dot,
    )  # fmt: skip
    sums = np.zeros((layer.groups, tiling.oc_tiles, layer.P, config.cols), dtype=np.int64)
    for row, step, kx, ky in np.ndindex(words.shape[2:6]):
        block = step + row * (tiling.ic_blocks - tiling.row_blocks)
        x, y = kx * layer.dilation[0], ky * layer.dilation[1]
        under = _under(layer, pixels, x, y, (layer.OX, layer.OY)).reshape(
            layer.P, layer.groups, tiling.ic_blocks, config.beats, config.dot
        )
        sums += np.einsum("pgbd,gtbcd->gtpc", under[:, :, block], words[:, :, row, step, kx, ky])
    if bias is not None:
        sums += bias.reshape(layer.groups, tiling.oc_tiles, 1, config.cols)
    return sums.reshape(-1, config.cols)


def _shared(tiling: DepthwiseTiling, pixels: Words, weight: Words, bias: Words | None) -> Ints:
    """Rows (block, m, part, n, px, py, g, i, j)."""
    layer, config = tiling.layer, tiling.config
    phases_x, phases_y = tiling.phases
    groups = config.lane_groups
    words = weight.reshape(
        tiling.pixel_words, tiling.multiplier, tiling.parts, -1,
        phases_x.count, phases_x.reach + 1, phases_y.count, phases_y.reach + 1,
        config.cols, config.dot,
    )  # fmt: skip
    words = np.concatenate([*np.moveaxis(words, 3, 0)], axis=-1)[..., :groups]  # of all banks
    # Column c of lane group g takes lane g * C + c of the part; lanes that are not there are zero.
    lanes = np.pad(pixels, [(0, 0)] * 4 + [(0, tiling.parts * groups * config.cols)])
    lanes = lanes[..., : tiling.parts * groups * config.cols]
    # A dilated or phased kernel looks past the last output's pixels, where its weights are zero.
    reach = [(0, 0), (0, layer.KX * layer.stride[0] * layer.dilation[0]),
             (0, layer.KY * layer.stride[1] * layer.dilation[1])]  # fmt: skip
    lanes = np.pad(lanes, [*reach, (0, 0), (0, 0)])
    shape = (tiling.pixel_words, tiling.multiplier, tiling.parts, groups, config.cols,
             layer.N, layer.OX, layer.OY)  # fmt: skip
    sums = np.zeros(shape, dtype=np.int64)
    for phase_x, a, phase_y, b in np.ndindex(words.shape[3:7]):
        x = phase_x * layer.dilation[0] + a * layer.stride[0]
        y = phase_y * layer.dilation[1] + b * layer.stride[1]
        under = _under(layer, lanes, x, y, (layer.OX, layer.OY)).reshape(
            layer.N, layer.OX, layer.OY, tiling.pixel_words, tiling.parts, groups, config.cols
        )
        sums += np.einsum("nxybqgc,bmqcg->bmqgcnxy", under, words[:, :, :, phase_x, a, phase_y, b])
    if bias is not None:
        added = bias.reshape(*shape[:4], config.cols)
        sums += added[..., None, None, None]
    left = []
    for n, px, py in np.ndindex(layer.N, *tiling.patches):
        x, y = px * tiling.patch[0], py * tiling.patch[1]
        patch = sums[..., n, x : x + tiling.patch[0], y : y + tiling.patch[1]]
        rows = np.moveaxis(patch, 4, -1)  # block, m, part, g, i, j, column
        left.append(rows.reshape(*shape[:3], -1, config.cols))
    return np.concatenate(left, axis=3).reshape(-1, config.cols)
