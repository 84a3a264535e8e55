# amaranth: UnusedElaboratable=no
"""What the pixel counter says of a walk over 2 x 2 pixels, by hand."""

from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.fetch.pixel_counter import PixelCounter
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=2, cols=1, depthwise=False)
OY, OX, N = 5, 30, 100  # the steps of the address, along each loop


def test_a_walk_by_hand():
    """Two images of one line of two pixels; the walk restarts with the third pixel's slot."""
    layer, start = Signal(register_layout(CONFIG)), Signal()
    slot = Signal(slot_layout(CONFIG))
    dut = PixelCounter(CONFIG, layer, start=start, slot=slot)
    step = dut.step
    inputs = (layer.oy_count, layer.ox_count, layer.n_count, layer.delta_oy, layer.delta_ox,
              layer.delta_n, start, slot.walk, slot.restart, slot.next_group, slot.last_walk)
    shape = (0, -1, 0, OY, OX, N)  # rounds less two
    rows = [
        (*shape, 1, 0, 0, 0, 0),  # the layer begins
        (*shape, 0, 1, 0, 0, 1),  # pixel (n 0, ox 0, oy 0): the next is along oy
        (*shape, 0, 0, 0, 0, 1),  # an idle slot
        (*shape, 0, 1, 0, 0, 1),  # (0, 0, 1): the line ends, and the image
        (*shape, 0, 1, 1, 1, 1),  # (1, 0, 0): start over, in the next group
        (*shape, 0, 0, 0, 0, 0),
        (*shape, 0, 0, 0, 0, 0),
    ]
    moves = ((step.go_x, step.renew_x), (step.go_y, step.renew_y),
             (step.go_base, step.renew_base))
    outputs = (step.start, *(go for go, _ in moves), *(go & renew for go, renew in moves),
               step.next_group, dut.valid, dut.final)
    seen = play(dut, inputs, rows, outputs)
    assert seen[2:6] == [
        (0, 0, 1, 1, 0, 0, 0, 0, 1, 0),  # y goes on, and the address
        (0, 0, 0, 0, 0, 0, 0, 0, 1, 0),
        (0, 1, 1, 1, 1, 1, 0, 0, 1, 0),  # x and y begin again: the next image's first pixel
        (0, 1, 1, 1, 1, 1, 1, 1, 1, 0),  # everything begins again
    ]
    assert seen[1][:8] == (1, 1, 1, 1, 1, 1, 1, 1)  # a layer begins likewise
    deltas = [delta for (delta,) in play(dut, inputs, rows, (step.delta,))]
    assert deltas[2] == OY
    assert deltas[4] == N


def test_the_last_pixel_is_final_and_none_follow():
    layer, start = Signal(register_layout(CONFIG)), Signal()
    slot = Signal(slot_layout(CONFIG))
    dut = PixelCounter(CONFIG, layer, start=start, slot=slot)
    inputs = (layer.oy_count, layer.ox_count, layer.n_count, start, slot.walk, slot.last_walk)
    one_line = (0, -1, -1)  # 2 x 1 x 1 pixels
    walked = [(*one_line, 0, 1, 1)] * 3
    seen = play(dut, inputs, [(*one_line, 1, 0, 1), *walked, (*one_line, 0, 0, 1)],
                (dut.valid, dut.final, dut.wrap))
    # The flags are a cycle late; `wrap` is not: oy, ox, n end with the second pixel.
    assert [flags[:2] for flags in seen[2:]] == [(1, 0), (1, 1), (0, 0)]
    assert [wrap for *_, wrap in seen[1:3]] == [0b001, 0b111]
