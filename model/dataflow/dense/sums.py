"""The rows of sums that the plain loop nest computes from its words."""

from typing import TYPE_CHECKING

import numpy as np

from convolith.model.dataflow.dataflow import Ints, Words
from convolith.model.dataflow.pixels import under_kernel

if TYPE_CHECKING:
    from convolith.model.dataflow.dense.tiling import DenseTiling

__all__ = ["rows_of_sums"]


def rows_of_sums(
    tiling: "DenseTiling", pixels: Words, weight: Words, bias: Words | None
) -> Ints:
    """The sums in the order (g, oc_tile, n, ox, oy), C at a time."""
    layer, config = tiling.layer, tiling.config
    words = weight.reshape(
        layer.groups, tiling.oc_tiles, tiling.sharing_rows, tiling.row_blocks, layer.KX, layer.KY,
        tiling.step_beats, config.cols, config.dot,
    )
    sums = np.zeros((layer.groups, tiling.oc_tiles, layer.P, config.cols), dtype=np.int64)
    for row, step, kx, ky in np.ndindex(words.shape[2:6]):
        block = step + row * (tiling.ic_blocks - tiling.row_blocks)
        x, y = kx * layer.dilation[0], ky * layer.dilation[1]
        under = under_kernel(layer, pixels, x, y, (layer.OX, layer.OY)).reshape(
            layer.P, layer.groups, tiling.ic_blocks, config.beats, config.dot
        )[:, :, block, : tiling.step_beats]
        sums += np.einsum("pgbd,gtbcd->gtpc", under, words[:, :, row, step, kx, ky])
    if bias is not None:
        sums += bias.reshape(layer.groups, tiling.oc_tiles, 1, config.cols)
    return sums.reshape(-1, config.cols)
