"""Coordinates and address of a pixel follow the counter's steps, by hand."""

from amaranth.hdl import *
from benches import play

from convolith.hw.fetch.pixel_address import PixelAddress
from convolith.hw.fetch.pixel_counter import PixelStep
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=2, cols=1)
LAYER = {"act_base": 100, "delta_g": 7, "first_x": -1, "first_y": -2, "stride_x": 3,
         "stride_y": 4}


def test_by_hand():
    layer, step = Signal(register_layout(CONFIG)), PixelStep(CONFIG)
    dut = PixelAddress(CONFIG, layer, step)
    inputs = (
        *(layer[name] for name in LAYER), step.start, step.next_group, step.go_x, step.renew_x,
        step.go_y, step.renew_y, step.go_base, step.renew_base, step.delta,
    )
    rows = [
        (1, 1, 1, 1, 1, 1, 1, 1, 0),  # a layer begins
        (0, 0, 0, 0, 1, 0, 1, 0, 5),  # along y
        (0, 0, 0, 0, 0, 0, 0, 0, 9),  # nothing moves
        (0, 0, 1, 0, 1, 1, 1, 0, 20),  # the next line
        (0, 0, 1, 1, 1, 1, 1, 1, 0),  # the walk restarts in the same group
        (0, 1, 1, 1, 1, 1, 1, 1, 0),  # in the next group
        (0, 1, 1, 1, 1, 1, 1, 1, 0),  # and in the one after
        (0,) * 9,
    ]
    seen = play(dut, inputs, [(*LAYER.values(), *row) for row in rows], (dut.x, dut.y, dut.base))
    wrap = 1 << CONFIG.size_bits  # negative numbers lie below it
    assert seen[1:] == [
        (wrap - 1, wrap - 2, 100), (wrap - 1, 2, 105), (wrap - 1, 2, 105), (2, wrap - 2, 125),
        (wrap - 1, wrap - 2, 100), (wrap - 1, wrap - 2, 107), (wrap - 1, wrap - 2, 114),
    ]
