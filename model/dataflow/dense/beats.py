"""What the PEs multiply in each beat of the plain loop nest."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.dataflow.beat import Beat
from convolith.model.dataflow.pixels import pixel_under

if TYPE_CHECKING:
    from convolith.model.dataflow.dense.tiling import DenseTiling

__all__ = ["beats"]


def beats(tiling: "DenseTiling", x: Ints, w: Ints, tiles: range) -> Iterator[Beat]:
    """The beats of some tiles."""
    config, layer = tiling.config, tiling.layer
    pixels = list(np.ndindex(layer.N, layer.OX, layer.OY))
    for tile in tiles:
        outputs = tiling.outputs(tile)
        taps = np.ndindex(tiling.row_blocks, layer.KX, layer.KY)
        for i, (block, kx, ky) in enumerate(taps):
            for beat in range(tiling.step_beats):
                shape = (config.rows, config.cols, config.dot)
                operands, weights = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
                for r, (number, pixel) in enumerate(outputs):
                    if (ic_block := tiling.blocks(r)[block]) is None:
                        continue
                    ic = ic_block * config.lanes + beat * config.dot
                    ic_end = min(ic + config.dot, layer.group_IC)
                    g, oc_tile = divmod(number, tiling.oc_tiles)
                    oc = g * layer.group_OC + oc_tile * config.cols
                    oc_end = min(oc + config.cols, (g + 1) * layer.group_OC)
                    under = pixel_under(layer, x, pixels[pixel], kx, ky)
                    a = under[g * layer.group_IC :][ic:ic_end]
                    operands[r, : oc_end - oc, : len(a)] = a
                    weights[r, : oc_end - oc, : len(a)] = w[oc:oc_end, ic:ic_end, kx, ky]
                first = i == 0 and beat == 0
                slot = (tile * tiling.steps + i) * tiling.step_cycles + beat
                yield Beat(slot, tile, first, operands, weights)
