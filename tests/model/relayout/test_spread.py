"""A dilated kernel is a plain one on images of every d-th pixel."""

import numpy as np
from drawing import layers, random_ints
from hypothesis import given

from convolith.model.layer import ConvLayer
from convolith.model.reference.loops import conv_nest
from convolith.model.relayout.spread import spread_input, spread_layer, spread_output


@given(layer=layers(max_macs=3000, max_groups=2))
def test_a_spread_layer_is_the_layer(layer):
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    spread = spread_layer(layer)
    assert spread.dilation == (1, 1)
    other = spread_input(layer, x.reshape(layer.N, layer.IC, layer.IX, layer.IY))
    y = spread_output(layer, conv_nest(spread, other.reshape(spread.x_shape), w))
    assert np.array_equal(y, conv_nest(layer, x, w))


def test_spreading_pads_with_the_padding_value():
    layer = ConvLayer(IC=1, OC=1, IY=3, KY=2, dilation=(1, 2), padding=(0, 1), dims=1)
    x = np.array([[[[5, 6, 7]]]])
    assert spread_input(layer, x, padding_value=-8).tolist() == [[[[-8, 6, -8]]], [[[5, 7, -8]]]]
