"""Where an output is among the rows of sums, as docs/architecture.md says."""

from convolith.model.dataflow.dense.tiling import DenseTiling


def output_index(tiling: DenseTiling, n: int, oc: int, ox: int, oy: int) -> tuple[int, int]:
    """Which output row, and which column of it, holds ``y[n, oc, ox, oy]``."""
    layer = tiling.layer
    g, channel = divmod(oc, layer.group_OC)
    oc_tile, column = divmod(channel, tiling.config.cols)
    pixel = (n * layer.OX + ox) * layer.OY + oy
    return (g * tiling.oc_tiles + oc_tile) * layer.P + pixel, column
