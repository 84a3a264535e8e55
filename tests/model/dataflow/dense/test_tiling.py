"""Counts of tiles, steps and words."""

from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig


def test_by_hand():
    layer = ConvLayer.from_shapes((2, 20, 5, 7), (12, 10, 3, 2), groups=2)
    tiling = DenseTiling(ArrayConfig(rows=4, cols=4, dot=2), layer)  # V = 8
    assert (layer.OX, layer.OY) == (3, 6)
    assert tiling.oc_tiles == 2  # 6 channels of a group on 4 columns
    assert tiling.px_tiles == 9  # 36 pixels on 4 rows
    assert tiling.ic_blocks == 2  # 10 channels of a group in words of 8
    assert tiling.tiles == 2 * 2 * 9
    assert tiling.steps == 2 * 3 * 2
    assert tiling.act_words == 2 * 5 * 7 * 2 * 2
    assert tiling.weight_words == 2 * 2 * 12 * 4
    assert tiling.output_rows == 2 * 2 * 36
