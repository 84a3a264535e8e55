"""Merged groups have the sums of the groups."""

import numpy as np
from drawing import layers, random_ints
from hypothesis import given
from hypothesis import strategies as st

from convolith.model.reference.loops import conv_nest
from convolith.model.relayout.merge import merge_input, merge_layer, merge_weight


@given(layer=layers(max_groups=6, max_macs=3000), data=st.data())
def test_merged_groups_are_the_groups(layer, data):
    count = data.draw(st.integers(1, layer.groups))  # whether it divides them or not
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    merged = merge_layer(layer, count)
    input_ = merge_input(layer, count, x.reshape(layer.N, layer.IC, layer.IX, layer.IY))
    y = conv_nest(merged, input_.reshape(merged.x_shape), merge_weight(layer, count, w))
    assert np.array_equal(y[:, : layer.OC], conv_nest(layer, x, w))
