"""Tensors and words: by hand, back and forth, and as the array takes them."""

import numpy as np
from drawing import configs, layers, random_ints
from hypothesis import given, settings
from rows import output_index

from convolith.model.dataflow import layout
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig


def test_act_words_by_hand():
    # Two groups of three channels, words of two lanes: the fourth lane of each group is padding.
    tiling = DenseTiling(ArrayConfig(rows=2), ConvLayer.from_shapes((1, 6, 2), (2, 3, 1), groups=2))
    x = np.array([[[1, 7], [2, 8], [3, 9], [4, 10], [5, 11], [6, 12]]])
    assert layout.act_words(tiling, x).tolist() == [
        [1, 2], [3, 0], [4, 5], [6, 0],
        [7, 8], [9, 0], [10, 11], [12, 0],
    ]


def test_weight_words_by_hand():
    # Three output channels on two columns, two lanes one at a time.
    tiling = DenseTiling(ArrayConfig(rows=2, cols=2), ConvLayer.from_shapes((1, 2, 2), (3, 2, 2)))
    w = np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]])
    assert tiling.lay_weight(w).tolist() == [
        [1, 5], [3, 7], [2, 6], [4, 8],
        [9, 0], [11, 0], [10, 0], [12, 0],
    ]


@settings(max_examples=200)
@given(config=configs(), layer=layers())
def test_word_addresses(config, layer):
    # The formula of docs/architecture.md, element by element.
    tiling = DenseTiling(config, layer)
    x = random_ints(1, layer.x_shape, 8)
    words = layout.act_words(tiling, x)
    assert words.shape == (tiling.act_words, config.lanes)
    image = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    for n, ic, ix, iy in np.ndindex(*image.shape):
        g, channel = divmod(ic, layer.group_IC)
        block, lane = divmod(channel, config.lanes)
        address = ((n * layer.IX + ix) * layer.IY + iy) * layer.groups + g
        assert words[address * tiling.ic_blocks + block, lane] == image[n, ic, ix, iy]
    assert abs(words).sum() == abs(x).sum()  # the rest is zero


@settings(max_examples=200)
@given(config=configs(), layer=layers())
def test_weights_are_all_there_once(config, layer):
    tiling = DenseTiling(config, layer)
    w = np.arange(1, np.prod(layer.w_shape) + 1).reshape(layer.w_shape)
    words = tiling.lay_weight(w)
    assert words.shape == (tiling.weight_words, config.cols * config.dot)
    assert sorted(words[words != 0].tolist()) == list(range(1, w.size + 1))


@settings(max_examples=200)
@given(config=configs(), layer=layers())
def test_output_rows_and_their_index(config, layer):
    tiling = DenseTiling(config, layer)
    rows = np.arange(tiling.output_rows * config.cols).reshape(-1, config.cols)
    y = tiling.output(rows)
    assert y.shape == layer.y_shape
    for place in np.ndindex(layer.N, layer.OC, layer.OX, layer.OY):
        row, column = output_index(tiling, *place)
        value = y.reshape(layer.N, layer.OC, layer.OX, layer.OY)[place]
        assert rows[row, column] == value
    assert len(np.unique(y)) == y.size
