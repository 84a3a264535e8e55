"""Strips of an image are channels, where a depthwise layer leaves lanes empty."""

import numpy as np
import pytest
from drawing import layers, random_ints
from hypothesis import assume, given
from hypothesis import strategies as st
from steps import step_of

from convolith.model.compile.mapping import Mapping
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.reference.loops import conv_nest
from convolith.model.relayout.stack import stack_count, stack_input, stack_layer, stack_output
from convolith.sim.engines.amaranth import AmaranthSimulator


@given(layer=layers(max_macs=2000), channels=st.integers(1, 3), m=st.integers(1, 2),
       strips=st.integers(2, 5))
def test_a_stacked_layer_is_the_layer(layer, channels, m, strips):
    layer = ConvLayer(**{**vars(layer), "IC": channels, "OC": channels * m, "groups": channels})
    assume(layer.dims == 2)
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    stacked = stack_layer(layer, strips)
    assert stacked.IC == channels * strips
    assert stacked.OX == -(-layer.OX // strips)
    other = stack_input(layer, strips, x)
    y = conv_nest(stacked, other, np.concatenate([w] * strips))
    assert np.array_equal(stack_output(layer, strips, y), conv_nest(layer, x, w))


def test_stacking_pads_with_the_padding_value():
    # Four lines of outputs, in two strips: lines -1 to 2 of the input, and 1 to 4.
    layer = ConvLayer(IC=1, OC=1, IX=4, IY=1, KX=3, KY=1, padding=(1, 0))
    x = np.array([[[[5], [6], [7], [8]]]])
    found = stack_input(layer, 2, x, padding_value=-8)
    assert found[0, :, :, 0].tolist() == [[-8, 5, 6, 7], [6, 7, 8, -8]]


@pytest.mark.parametrize(
    ("lines", "channels", "strips"),
    [
        (112, 32, 2),  # two pixels in a word of 64
        (112, 16, 4),
        (112, 33, 1),  # no room for two
        (3, 16, 2),  # of two lines, the second one with a line to spare: a patch has two
        (1, 8, 1),
    ],
)
def test_the_number_of_strips(lines, channels, strips):
    config = ArrayConfig(rows=32, cols=32, lanes=64, pack_edges=True)
    layer = ConvLayer(IC=channels, OC=channels, groups=channels, IX=lines, IY=9, KX=1, KY=1)
    assert config.patch == (2, 8)
    assert stack_count(layer, config) == strips


def test_it_is_worth_it():
    """MobileNet's first depthwise layer, on words of twice as many lanes."""
    config = ArrayConfig(rows=32, cols=32, lanes=64, pack_edges=True)
    layer = ConvLayer(IC=32, OC=32, groups=32, IX=112, IY=112, KX=3, KY=3, padding=(1, 1))
    plain = Mapping(config, layer, dataflow="shared")
    stacked = Mapping(config, layer, dataflow="shared", stack=2)
    assert (plain.tiling.tiles, stacked.tiling.tiles) == (56 * 14, 28 * 14)
    assert stacked.name == "shared words by patches, 2 strips as channels"
    assert stacked.tiling.act_words == 58 * 112 < plain.tiling.act_words


@pytest.mark.parametrize("dataflow", ["shared", "shared lines"])
def test_in_rtl(dataflow):
    """Strips of unequal height, and two outputs of each channel."""
    config = ArrayConfig(rows=4, cols=8, lanes=8)
    layer = ConvLayer(N=2, IC=3, OC=6, groups=3, IX=7, IY=5, KX=3, KY=3, stride=(2, 1),
                      padding=(1, 1))
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    mapping = Mapping(config, layer, dataflow=dataflow, stack=stack_count(layer, config))
    assert mapping.stack == 2
    run = AmaranthSimulator().run([step_of(mapping, x, w)])
    (rows,) = run.rows
    assert np.array_equal(mapping.output_tensor(rows), conv_nest(layer, x, w))
    assert run.step_cycles == (mapping.cycles,)
