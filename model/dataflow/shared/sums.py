"""The rows of sums that the core computes from shared words."""

from typing import TYPE_CHECKING

import numpy as np

from convolith.model.dataflow.dataflow import Ints, Words
from convolith.model.dataflow.pixels import under_kernel

if TYPE_CHECKING:
    from convolith.model.dataflow.shared.tiling import SharedTiling

__all__ = ["rows_of_sums"]


def rows_of_sums(
    tiling: "SharedTiling", pixels: Words, weight: Words, bias: Words | None
) -> Ints:
    """The sums in the order (block, m, part, n, px, py, g, i, j), C at a time."""
    layer, config = tiling.layer, tiling.config
    phases_x, phases_y = tiling.phases
    groups = config.lane_groups
    words = weight.reshape(
        tiling.pixel_words, tiling.multiplier, tiling.parts, -1,
        phases_x.count, phases_x.reach + 1, phases_y.count, phases_y.reach + 1,
        config.cols, config.dot,
    )
    words = np.concatenate([*np.moveaxis(words, 3, 0)], axis=-1)[..., :groups]  # of all banks
    # Column c of lane group g takes lane g * C + c of the part. Lanes that do not exist are zero.
    lanes = np.pad(pixels, [(0, 0)] * 4 + [(0, tiling.parts * groups * config.cols)])
    lanes = lanes[..., : tiling.parts * groups * config.cols]
    # A kernel with dilation or phases reaches past the last output's pixels, with zero weights.
    reach = [(0, 0), (0, layer.KX * layer.stride[0] * layer.dilation[0]),
             (0, layer.KY * layer.stride[1] * layer.dilation[1])]
    lanes = np.pad(lanes, [*reach, (0, 0), (0, 0)])
    shape = (tiling.pixel_words, tiling.multiplier, tiling.parts, groups, config.cols,
             layer.N, layer.OX, layer.OY)
    sums = np.zeros(shape, dtype=np.int64)
    for phase_x, a, phase_y, b in np.ndindex(words.shape[3:7]):
        x = phase_x * layer.dilation[0] + a * tiling.steps[0]
        y = phase_y * layer.dilation[1] + b * layer.stride[1]
        under = under_kernel(layer, lanes, x, y, (layer.OX, layer.OY)).reshape(
            layer.N, layer.OX, layer.OY, tiling.pixel_words, tiling.parts, groups, config.cols
        )
        sums += np.einsum("nxybqgc,bmqcg->bmqgcnxy", under, words[:, :, :, phase_x, a, phase_y, b])
    if bias is not None:
        added = bias.reshape(*shape[:4], config.cols)
        sums += added[..., None, None, None]
    leaving = []
    for n, px, py in np.ndindex(layer.N, *tiling.patches):
        x, y = px * tiling.patch[0], py * tiling.patch[1]
        patch = sums[..., n, x : x + tiling.patch[0], y : y + tiling.patch[1]]
        rows = np.moveaxis(patch, 4, -1)  # block, m, part, g, i, j, column
        leaving.append(rows.reshape(*shape[:3], -1, config.cols))
    return np.concatenate(leaving, axis=3).reshape(-1, config.cols)
