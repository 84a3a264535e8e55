"""A folded layer has the sums of the layer."""

import numpy as np
from drawing import layers, random_ints
from hypothesis import given
from hypothesis import strategies as st

from convolith.model.layer import ConvLayer
from convolith.model.reference.loops import conv_nest
from convolith.model.relayout.fold import FOLDS, fold_input, fold_layer, fold_weight


@given(layer=layers(max_macs=3000), fold=st.sampled_from(FOLDS))
def test_a_folded_layer_is_the_layer(layer, fold):
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    folded = fold_layer(layer, fold)
    other = fold_input(layer, fold, x.reshape(layer.N, layer.IC, layer.IX, layer.IY))
    y = conv_nest(folded, other, fold_weight(layer, fold, w))
    assert np.array_equal(y, conv_nest(layer, x, w))


def test_folding_pads_with_the_padding_value():
    layer = ConvLayer(IC=1, OC=1, IY=2, KY=2, padding=(0, 1), dims=1)
    x = np.array([[[[5, 6]]]])
    assert fold_input(layer, "y", x, padding_value=-8).tolist() == [[[[-8, 5, 6]], [[5, 6, -8]]]]
