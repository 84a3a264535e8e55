"""`ConvLayer`: PyTorch's output sizes and counts, and what it refuses."""

import numpy as np
import pytest
import torch
from drawing import layers
from hypothesis import given, settings
from torch.nn import functional

from convolith.model.layer import ConvLayer


@settings(max_examples=300)
@given(layer=layers(max_macs=10**6))
def test_shapes_are_pytorchs(layer):
    convolve = functional.conv1d if layer.dims == 1 else functional.conv2d
    y = convolve(torch.zeros(layer.x_shape), torch.zeros(layer.w_shape), **layer.torch_arguments())
    assert y.shape == layer.y_shape
    again = ConvLayer.from_shapes(layer.x_shape, layer.w_shape, **layer.torch_arguments())
    assert again == layer


def test_counts_by_hand():
    layer = ConvLayer.from_shapes((2, 6, 7, 9), (8, 3, 3, 2), stride=(2, 1), padding=1, groups=2)
    assert (layer.OX, layer.OY, layer.P) == (4, 10, 80)
    assert (layer.group_IC, layer.group_OC) == (3, 4)
    assert layer.macs == 80 * 8 * 3 * 3 * 2
    assert str(layer) == "2x6x7x9 * 8x3x3x2 s2,1 p1,1 g2"


def test_one_dimension_lies_along_y():
    layer = ConvLayer.from_shapes((1, 2, 9), (3, 2, 4), stride=2, padding=(1,), dilation=[2])
    assert (layer.IX, layer.IY, layer.KX, layer.KY, layer.dims) == (1, 9, 1, 4, 1)
    assert (layer.stride, layer.padding, layer.dilation) == ((1, 2), (0, 1), (1, 2))
    assert str(layer) == "1x2x9 * 3x2x4 s2 p1 d2"


@pytest.mark.parametrize(
    ("x", "w", "arguments", "message"),
    [
        ((3, 4), (1, 3, 4), {}, r"the input must have 3 axes .* not 2: its shape is \(3, 4\)"),
        ((1, 3, 4), (1, 3, 2, 2), {}, "the weight must have as many axes as the input, 3, not 4"),
        ((1, 0, 4), (1, 3, 2), {}, r"the input must not be empty, but its shape is \(1, 0, 4\)"),
        ((1, 3, 4), (1, 3, 0), {}, r"the weight must not be empty, but its shape is \(1, 3, 0\)"),
        ((1, 4, 4), (1, 3, 2), {}, r"the weight's times groups, 3 \* 1 = 3, not 4"),
        ((1, 6, 4), (4, 3, 2), {"groups": 3}, r"the weight's times groups, 3 \* 3 = 9, not 6"),
        ((1, 6, 4), (3, 3, 2), {"groups": 2}, "groups must divide the output channels, not 2"),
        ((1, 3, 4), (1, 3, 2), {"groups": 0}, "groups must be positive, not 0"),
        ((1, 3, 4), (1, 3, 2), {"stride": 0}, "stride must be positive, not 0"),
        ((1, 3, 4), (1, 3, 2), {"stride": -1}, "stride must be positive, not -1"),
        ((1, 3, 4), (1, 3, 2), {"dilation": 0}, "dilation must be positive, not 0"),
        ((1, 3, 4), (1, 3, 2), {"padding": -1}, "padding must be at least 0, not -1"),
        ((1, 3, 4), (1, 3, 2), {"stride": (1, 1)}, "stride must be one number, not 2 numbers"),
        (
            (1, 3, 4, 4),
            (1, 3, 2, 2),
            {"padding": (1, 1, 1)},
            "padding must be one number, 2 or 4, not 3 numbers",
        ),
        (
            (1, 3, 4),
            (1, 3, 3),
            {"dilation": 2},
            "the kernel must fit the padded input, not extend over 5 where .* has 4",
        ),
    ],
)
def test_refused(x, w, arguments, message):
    with pytest.raises(ValueError, match=message):
        ConvLayer.from_shapes(x, w, **arguments)


@pytest.mark.parametrize("value", [1.5, "2", None])
def test_not_an_integer(value):
    with pytest.raises(TypeError, match="stride must be an integer, not"):
        ConvLayer.from_shapes((1, 3, 4), (1, 3, 2), stride=[value])


def test_numpy_integers_become_integers():
    layer = ConvLayer(IC=np.int64(3), OC=2, IY=np.int32(4), KY=2, dims=1)
    assert type(layer.IC) is type(layer.IY) is int
