"""Depthwise layers that share words: counts by hand, and the scheme itself, word by word."""

import numpy as np
import pytest
from drawing import configs, layers, random_ints
from hypothesis import assume, given
from hypothesis import strategies as st

from convolith.model.dataflow import cycles
from convolith.model.dataflow.shared import words as depthwise_layout
from convolith.model.dataflow.shared.phases import Phases
from convolith.model.dataflow.shared.tiling import SharedTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.reference.loops import conv_nest


def depthwise(channels, extent, kernel=3, **more):
    return ConvLayer(IC=channels, OC=channels, groups=channels, IX=extent, IY=extent,
                     KX=kernel, KY=kernel, **more)


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation", "taps"),
    [
        (3, 1, 1, {0: [0, 1, 2]}),
        (3, 2, 1, {0: [0, 2], 1: [1]}),
        (3, 1, 2, {0: [0, None, 1, None, 2]}),
        (3, 2, 2, {0: [0, 1, 2]}),
        (4, 2, 3, {0: [0, None, None, 2], 1: [1, None, None, 3]}),
        (2, 5, 1, {0: [0], 1: [1]}),
    ],
)
def test_phases(kernel, stride, dilation, taps):
    phases = Phases(kernel, stride, dilation)
    assert phases.count == len(taps)
    assert phases.reach == len(taps[0]) - 1
    for phase, row in taps.items():
        found = [phases.tap(phase, position) for position in range(phases.reach + 1)]
        assert found == row + [None] * (len(found) - len(row))


def test_a_patch_by_hand():
    # 4x4 outputs of a 3x3 kernel take 6x6 words; 56x56 outputs are 14x14 patches, and 128 channels
    # eight words of 16.
    tiling = SharedTiling(ArrayConfig(rows=16, cols=16), depthwise(128, 56, padding=(1, 1)))
    assert (tiling.patch, tiling.tile_cycles, tiling.tiles) == ((4, 4), 36, 8 * 14 * 14)
    assert tiling.line_delay == 6 - 4
    assert [tiling.delay(row) for row in (0, 3, 4, 15)] == [0, 3, 6, 21]
    assert tiling.last_tap == 2 * 6 + 2
    # SCALE-Sim v3 takes 978,304 cycles for it.
    assert cycles.cycles(tiling) <= 978_304 / 10
    # By rows, 16 outputs of a line take 3 x 18 words.
    line = SharedTiling(tiling.config, tiling.layer, linear=True)
    assert (line.patch, line.tile_cycles, line.tiles) == ((1, 16), 54, 8 * 56 * 4)


def test_several_multipliers_take_several_channels():
    # 8x8x4: each row's four multipliers are for four groups of eight channels, two rows for each.
    tiling = SharedTiling(ArrayConfig(rows=8, cols=8, dot=4), depthwise(32, 8))
    assert (tiling.config.lane_groups, tiling.patch, tiling.passes) == (4, (1, 2), 1)
    assert tiling.tile_cycles == 3 * 4
    assert [tiling.delay(row) for row in range(8)] == list(range(8))


def test_stride_by_hand():
    # Nine lines of nine words, of which a 4x4 patch of a 3x3 kernel needs all: 5 even and 4 odd.
    tiling = SharedTiling(ArrayConfig(rows=16, cols=16), depthwise(16, 40, stride=(2, 2)))
    assert (tiling.patch, tiling.lines, tiling.columns, tiling.last_columns) == ((4, 4), 9, 5, 4)
    assert (tiling.tile_cycles, tiling.line_delay) == (81, 2 * 9 - 4)
    # Two lane groups: the second one's last row completes in the tile's last cycle but one.
    config = ArrayConfig(rows=32, cols=32, lanes=64, pack_edges=True)
    wide = SharedTiling(config, depthwise(64, 40, stride=(2, 2)))
    assert (wide.patch, wide.lines, wide.tile_cycles, wide.delay(31)) == ((2, 8), 5, 85, 83)


def test_what_does_not_fit():
    config = ArrayConfig(rows=16, cols=16)
    assert SharedTiling(config, depthwise(16, 40, kernel=16)).line_delay == 15
    assert not SharedTiling(config, depthwise(16, 40, kernel=17)).fits()
    assert SharedTiling(config, depthwise(16, 40, kernel=17), linear=True).fits()
    assert not SharedTiling(ArrayConfig(rows=1, cols=1), depthwise(2, 4)).fits()
    with pytest.raises(ValueError, match="^a depthwise layer has one input channel per group, not"):
        SharedTiling(config, ConvLayer(IC=4, OC=4, IY=4, KY=1, groups=2))


@given(
    config=configs(), layer=layers(max_macs=2000), channels=st.integers(1, 9), m=st.integers(1, 2),
    linear=st.booleans(),
)
def test_every_row_meets_its_words(config, layer, channels, m, linear):
    """Weights delayed row by row meet the pixels that each row's output needs."""
    layer = ConvLayer(**{**vars(layer), "IC": channels, "OC": channels * m, "groups": channels})
    tiling = SharedTiling(config, layer, linear=linear)
    assume(tiling.weight_words * tiling.px_tiles < 3000)
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    got = tiling.output(word_by_word(tiling, x, w))
    assert np.array_equal(got, conv_nest(layer, x, w))


def word_by_word(tiling, x, w):
    layer, config = tiling.layer, tiling.config
    x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    banks = [
        words.reshape(-1, tiling.pass_weights, config.cols, config.dot)
        for words in tiling.in_banks(tiling.lay_weight(w)).values()
    ]
    channels = depthwise_layout.channel_index(tiling)
    order = np.ndindex(tiling.pixel_words, layer.group_OC, tiling.parts)
    rows = []
    for number, (block, _, part) in enumerate(order):
        for n, px, py in np.ndindex(layer.N, *tiling.patches):
            bus = np.array([pixel(tiling, x[n], px, py, at) for at in positions(tiling)])
            for row in range(config.rows):
                group, output = divmod(row, config.rows // config.lane_groups)
                i, j = divmod(output, tiling.patch[1])
                inside = px * tiling.patch[0] + i < layer.OX and py * tiling.patch[1] + j < layer.OY
                # Its group's words come later by its own delay of the first row.
                late = tiling.delay(row) - group * tiling.group_delay
                lanes = channels[block, part, group]
                there = np.where(lanes >= 0, bus[late:, lanes], 0)
                bank, multiplier = divmod(group, config.dot)
                weights = np.zeros((tiling.tile_cycles, config.cols), dtype=np.int64)
                weights[tap_cycles(tiling)] = banks[bank][number, :, :, multiplier]
                if inside:
                    rows.append((there * weights[: len(there)]).sum(axis=0))
    return np.array(rows)


def positions(tiling):
    """(phase_x, line, phase_y, column) of each word of a patch; the last phase has fewer."""
    x, y = tiling.phases
    return [
        at for at in np.ndindex(x.count, tiling.lines, y.count, tiling.columns)
        if at[2] < y.count - 1 or at[3] < tiling.last_columns
    ]


def tap_cycles(tiling):
    x, y = tiling.phases
    return [
        cycle
        for cycle, (_, line, _, b) in enumerate(positions(tiling))
        if line <= x.reach and b <= y.reach
    ]


def pixel(tiling, image, px, py, at):
    """All channels of a word of the patch; zero outside the image."""
    layer = tiling.layer
    phase_x, line, phase_y, b = at
    ix = px * tiling.patch[0] * layer.stride[0] + line * tiling.steps[0]
    ix += phase_x * layer.dilation[0]
    iy = (py * tiling.patch[1] + b) * layer.stride[1] + phase_y * layer.dilation[1]
    ix, iy = ix - layer.padding[0], iy - layer.padding[1]
    if 0 <= ix < layer.IX and 0 <= iy < layer.IY:
        return image[:, ix, iy]
    return np.zeros(layer.IC, dtype=np.int64)
