"""Pieces that fit the memories are the layer, whatever is split."""

from dataclasses import replace
from itertools import pairwise
from time import process_time

import numpy as np
import pytest
from drawing import configs, layers, random_ints
from hypothesis import assume, given
from hypothesis import strategies as st

from convolith.model.compile.candidates import mappings
from convolith.model.compile.limits import fits
from convolith.model.compile.planner import plan
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.reference.loops import conv_nest


@given(config=configs(small=True), layer=layers(max_groups=4, max_macs=3000), biased=st.booleans())
def test_the_passes_are_the_layer(config, layer, biased):
    assume(not biased or config.bias_words)
    try:
        schedule = plan(config, layer, biased=biased)
    except ValueError as error:
        refused = "for this layer's smallest piece, not" in str(error)
        assume(not refused)
        raise
    assume(len(schedule.pieces) < 500)
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    w = w.reshape(layer.OC, -1, layer.KX, layer.KY)
    y = np.zeros((layer.N, layer.OC, layer.OX, layer.OY), dtype=np.int64)
    count = np.zeros_like(y)
    for before, one in pairwise([None, *schedule.pieces]):
        piece = one.mapping.layer
        assert fits(
            one.mapping.tiling, biased=biased, split=not (one.first and one.last)
        )
        # Parts of the same sums follow each other.
        assert one.first or (before.output == one.output and not before.last)
        part = padded(piece, x[one.input], w[one.weight])
        y[one.output] += part.reshape(y[one.output].shape)
        count[one.output] += one.last
    assert np.array_equal(y.reshape(layer.y_shape), conv_nest(layer, x, w))
    assert (count == 1).all()


def padded(layer, x, w):
    """The loop nest of a piece, whose padding may differ between its sides."""
    before, after = layer.padding, layer.padding_after or layer.padding
    sides = [(b, max(a, 0)) for b, a in zip(before, after, strict=True)]
    x = np.pad(x, [(0, 0), (0, 0), *sides])
    x = x[:, :, : x.shape[2] + min(after[0], 0), : x.shape[3] + min(after[1], 0)]
    shape = {"IX": x.shape[2], "IY": x.shape[3], "padding": (0, 0), "padding_after": None}
    return conv_nest(ConvLayer(**{**vars(layer), **shape, "dims": 2}), x, w)


def test_what_fits_is_not_split():
    layer = ConvLayer(IC=8, OC=8, IX=6, IY=6, KX=3, KY=3)
    schedule = plan(ArrayConfig(rows=4, cols=4), layer)
    assert len(schedule.pieces) == 1
    assert schedule.words == {"act": 72, "weight": 2 * 9 * 8, "bias": 0}
    assert schedule.load_cycles == 144


def test_input_channels_are_split_last():
    # A tile's weights need 9 x 64 words; 64 are there: parts of one word's channels.
    layer = ConvLayer(IC=64, OC=4, IX=6, IY=6, KX=3, KY=3)
    config = ArrayConfig(rows=4, cols=4, weight_words=64)
    schedule = plan(config, layer)
    first = schedule.pieces[0].output
    parts = [one.weight[1] for one in schedule.pieces if one.output == first]
    assert parts == [slice(ic, ic + 4) for ic in range(0, 64, 4)]
    with pytest.raises(ValueError, match="^weight_words must be at least 576 for this layer's "):
        plan(ArrayConfig(rows=4, cols=4, weight_words=64, sum_words=0), layer)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"act_words": 8}, "act_words must be at least 9 for this layer's smallest piece, not 8"),
        (
            {"weight_words": 35},
            "weight_words must be at least 36 for this layer's smallest piece, not 35",
        ),
    ],
)
def test_refused(config, message):
    layer = ConvLayer(IC=40, OC=9, IX=6, IY=6, KX=3, KY=3)
    with pytest.raises(ValueError, match=f"^{message}$"):
        plan(ArrayConfig(rows=4, cols=4, **config), layer)


def test_the_smallest_piece_can_be_one_of_all_channels():
    """Folded, with rows in pairs, it has as many weight words per bank as fewer channels."""
    layer = ConvLayer(N=3, IC=8, OC=5, IX=5, IY=6, KX=1, KY=3)
    config = ArrayConfig(rows=2, cols=4, lanes=6, act_words=64, bias_words=1, sum_words=3,
                         weight_words=12, pack_edges=True)
    assert plan(config, layer, biased=True).pieces
    with pytest.raises(ValueError, match="^weight_words must be at least 12 for this layer's "):
        plan(replace(config, weight_words=11), layer, biased=True)


def test_many_pieces_take_a_moment():
    layer = ConvLayer(IC=64, OC=64, IX=112, IY=112, KX=3, KY=3, padding=(1, 1))
    began = process_time()
    schedule = plan(ArrayConfig(rows=8, cols=8, act_words=64, weight_words=144), layer)
    assert len(schedule.pieces) > 40_000
    assert process_time() - began < 30  # it takes 4 s


def test_pieces_without_end_are_refused():
    layer = ConvLayer(IC=64, OC=64, IX=5, IY=5, KX=3, KY=3, padding=(10**20, 10**20))
    with pytest.raises(ValueError, match="^a layer must be at most 1,048,576 pieces, not "):
        plan(ArrayConfig(), layer)


def test_the_depth_that_is_named_is_enough():
    # The folded kernel would need 51 words, but 17 words of a pixel are beyond 2**4.
    config = ArrayConfig(rows=3, cols=1, lanes=3, act_words=33, weight_words=4, size_bits=4,
                         depthwise=False)
    layer = ConvLayer.from_shapes((1, 2, 17, 16), (8, 2, 5, 5), stride=(1, 2), padding=(2, 4))
    with pytest.raises(ValueError, match="^weight_words must be at least 60 for this layer's "):
        plan(config, layer)
    assert plan(replace(config, weight_words=60), layer)


def test_the_last_channels_fit_as_well():
    """Nine channels fit, as row pairs fold an odd number of words; the other eight would not.

    A kernel of four taps, 3 apart, reaches over ten pixels; folded, it is four.
    """
    config = ArrayConfig(rows=4, cols=3, lanes=1, act_words=64, weight_words=64, sum_words=32,
                         depthwise=False, pack_edges=True)
    layer = ConvLayer(IC=17, OC=3, IY=20, KY=4, stride=(1, 3), dilation=(1, 3), dims=1)
    schedule = plan(config, layer)
    assert [piece.weight[1] for piece in schedule.pieces if piece.first]
    for piece in schedule.pieces:
        assert piece.mapping.tiling.act_words <= 64
    channels = {(piece.weight[1].start, piece.weight[1].stop) for piece in schedule.pieces}
    assert sum(stop - start for start, stop in channels) == 17


def test_pieces_are_better_than_all_at_once():
    """It fits, but in mappings that take longer, with the words to load, than two pieces do."""
    config = ArrayConfig(rows=4, cols=4, lanes=2, act_words=64, weight_words=256)
    layer = ConvLayer(IC=2, OC=6, groups=2, IX=11, IY=4, KX=1, KY=2)
    at_once = [sum(one.cost) for one in mappings(config, layer) if fits(one.tiling, biased=False)]
    schedule = plan(config, layer)
    assert len(schedule.pieces) == 2
    assert schedule.cycles + schedule.load_cycles < min(at_once)
