"""Where patches' results go: two images of 2 x 2 patches, by hand."""

from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.shared.patch_walk import PatchWalk
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=4, cols=2, post_lanes=1, store_results=True)
LAYER = {
    "oy_count": 0, "ox_count": 0, "n_count": 0, "store_base": 100, "store_oy": 1, "store_ox": 10,
    "store_n": 50, "patch_i": 1, "patch_j": 2, "last_i": 0, "last_j": -1,
}


def walked(shares, tiles):
    """Per tile address, outputs along y and x less two, and whether a pass ends after it."""
    layer, start, next_ = Signal(register_layout(CONFIG)), Signal(), Signal()
    dut = PatchWalk(layer, shares=C(shares, 1), start=start, next=next_)
    inputs = (*(layer[name] for name in LAYER), start, next_)
    rows = [(*LAYER.values(), 1, 0)]
    for _ in range(tiles):  # a tile in three cycles; it ends in the last one
        rows += [(*LAYER.values(), 0, 0)] * 2 + [(*LAYER.values(), 0, 1)]
    seen = play(dut, inputs, rows, (dut.address, dut.line, dut.lines, dut.pass_end))
    return seen[3::3]


def test_patches():
    """store_oy: along a line of patches; _ox: the next line; _n: the next image."""
    inner, right, below, corner = (2, 1), (-1, 1), (2, 0), (-1, 0)
    patches = [
        (100, *inner, 0), (101, *right, 0), (110, *below, 0), (111, *corner, 0),
        (150, *inner, 0), (151, *right, 0), (160, *below, 0), (161, *corner, 1),
    ]
    assert walked(True, 10) == [*patches, *patches[:2]]


def test_another_dataflow_has_one_tile_in_a_pass():
    assert walked(False, 3) == [(100, -1, 0, 1)] * 3
