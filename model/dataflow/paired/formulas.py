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
    note="The order of weight words is (g, oc_tile, row of the pair, ic_block, kx, ky, beat): the\n"
    "first row's words are in the bank `weight`, the second row's in `weight_odd`.",
)
"""Of a layer with row pairs; other registers are those of the plain loop nest."""
