"""The formulas of the registers of row pairs."""

from convolith.model.dataflow.dense.formulas import DENSE
from convolith.model.dataflow.formulas import Quantity

__all__ = ["PAIRED"]

PAIRED = DENSE.extended(
    {
        "row_blocks": Quantity("ceil(blocks / 2)", "activation words that one row takes per tap"),
        "pair": Quantity("blocks - row_blocks", "words from a pair's first row to its second"),
    },
    {
        "px_count": "ceil(2 * pixels / R) - 2",
        "ic_count": "row_blocks - 2",
        "delta_n": f"{DENSE.registers['delta_n']} - pair",
        "delta_ox": f"{DENSE.registers['delta_ox']} - pair",
        "delta_oy": f"{DENSE.registers['delta_oy']} - pair",
        "delta_pair": "pair",
    },
    switch="row_pairs",
    note="The order of weight words is (g, oc_tile, ic_block, kx, ky, beat) in both banks:\n"
    "`weight` has the words of the first row of each pair, `weight_odd` those of the second\n"
    "row. The first row takes blocks 0 to `row_blocks - 1`, the second one blocks `pair` to\n"
    "`blocks - 1`. If both take the block in the middle, the second row's weights for it are\n"
    "0.",
)
"""Of a layer with row pairs; other registers are those of the plain loop nest."""
