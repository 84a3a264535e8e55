"""Pieces of a layer: together they are the layer."""

import numpy as np
import pytest
from drawing import configs, layers, random_ints
from hypothesis import given
from hypothesis import strategies as st

from convolith.model.config import ArrayConfig
from convolith.model.cycles import cycles, fill
from convolith.model.layer import ConvLayer
from convolith.model.loops import conv_nest
from convolith.model.pieces import split
from convolith.model.tiling import Tiling


@given(config=configs(), layer=layers(max_macs=3000), count=st.integers(1, 9))
def test_the_pieces_are_the_layer(config, layer, count):
    tiling = Tiling(config, layer)
    pieces = split(tiling, count)
    assert 1 <= len(pieces) <= count
    channels = [oc for piece in pieces for oc in range(layer.OC)[piece.output_channels]]
    assert channels == list(range(layer.OC))
    extra = (len(pieces) - 1) * fill(tiling)
    assert sum(cycles(Tiling(config, p.layer)) for p in pieces) == cycles(tiling) + extra
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    parts = [conv_nest(p.layer, x[:, p.input_channels], w[p.output_channels]) for p in pieces]
    assert np.array_equal(np.concatenate(parts, axis=1), conv_nest(layer, x, w))


@pytest.mark.parametrize(("OC", "groups", "count", "sizes"), [
    (20, 1, 2, [8, 12]), (20, 1, 9, [4] * 5), (20, 4, 3, [5, 5, 10]), (3, 1, 5, [3]),
])  # fmt: skip
def test_sizes(OC, groups, count, sizes):
    layer = ConvLayer(IC=4, OC=OC, IY=5, KY=1, groups=groups)
    pieces = split(Tiling(ArrayConfig(rows=2, cols=4), layer), count)
    assert [piece.layer.OC for piece in pieces] == sizes
