"""Pieces of a layer: together they are the layer."""

import numpy as np
import pytest
from drawing import configs, layers, random_ints
from hypothesis import given
from hypothesis import strategies as st

from convolith.model.compile.parts import split
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.reference.loops import conv_nest


@given(config=configs(), layer=layers(max_macs=3000), count=st.integers(1, 9))
def test_the_pieces_are_the_layer(config, layer, count):
    pieces = split(config, layer, count)
    assert 1 <= len(pieces) <= count
    channels = [oc for piece in pieces for oc in range(layer.OC)[piece.output_channels]]
    assert channels == list(range(layer.OC))
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    parts = [conv_nest(p.layer, x[:, p.input_channels], w[p.output_channels]) for p in pieces]
    assert np.array_equal(np.concatenate(parts, axis=1), conv_nest(layer, x, w))


@pytest.mark.parametrize(("OC", "IC", "groups", "count", "sizes"), [
    (20, 4, 1, 2, [8, 12]), (20, 4, 1, 9, [4] * 5), (3, 4, 1, 5, [3]),
    (20, 32, 4, 3, [5, 5, 10]),  # whole groups
    (12, 24, 12, 9, [2] * 6),  # two groups of 2 channels are one
    (20, 4, 4, 3, [20]), (20, 10, 10, 2, [8, 12]),  # a word of 4 channels stays whole
])
def test_sizes(OC, IC, groups, count, sizes):
    layer = ConvLayer(IC=IC, OC=OC, IY=5, KY=1, groups=groups)
    pieces = split(ArrayConfig(rows=2, cols=4, lanes=4), layer, count)
    assert [piece.layer.OC for piece in pieces] == sizes
