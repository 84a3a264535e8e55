"""Images: which memories, how many words, and when pieces need the same ones."""

from dataclasses import replace

import pytest

from convolith.model.compile.images import IMAGES
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.piece import whole_piece
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories

ACT, WEIGHT, BIAS, PARAMETERS = IMAGES
LANES = ArrayConfig(rows=2, cols=4, post_lanes=2, pack_edges=True, lanes=2)
LAYER = ConvLayer(IC=3, OC=6, IX=4, IY=5, KX=1, KY=1)


def test_every_memory_has_an_image():
    named = [memory for image in IMAGES for memory in image.memories]
    assert named == list(memories(LANES))


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_counts_its_own_memories(image):
    counts = image.counts(Mapping(LANES, LAYER).tiling, biased=True)
    assert tuple(counts) == image.memories


def test_counts_by_hand():
    tiling = Mapping(LANES, LAYER).tiling
    assert ACT.counts(tiling, biased=False) == {"act": 4 * 5 * 2}  # 3 channels: two words
    # Two passes, of two words of two beats each: a bank for each of them.
    assert WEIGHT.counts(tiling, biased=False) == {"weight": 4, "weight_odd": 4}
    assert BIAS.counts(tiling, biased=True) == {"bias": 2}
    assert BIAS.counts(tiling, biased=False) == {"bias": 0}
    assert PARAMETERS.counts(tiling, biased=True) == {"parameters": 2 * 2}
    one_bank = Mapping(ArrayConfig(rows=2, cols=4, lanes=2), LAYER).tiling
    assert WEIGHT.counts(one_bank, biased=False) == {"weight": 8}


def keys(piece, other):
    """Whether each image's words are the same."""
    return [image.key(piece) == image.key(other) for image in IMAGES]


def test_pieces_with_the_same_words():
    piece = whole_piece(Mapping(LANES, LAYER))
    assert keys(piece, replace(piece)) == [True] * 4
    other_input = replace(piece, input=(slice(0, 1), slice(0, 3), slice(2, 4), slice(0, 5)))
    assert keys(piece, other_input) == [False, True, True, True]
    other_channels = replace(piece, weight=(slice(0, 4), slice(0, 3)))
    assert keys(piece, other_channels) == [True, False, False, False]
    # Other input channels of the same outputs: the bias is the same.
    split = replace(piece, weight=(slice(0, 6), slice(0, 2)))
    assert keys(piece, split) == [True, False, True, True]
    folded = whole_piece(Mapping(LANES, LAYER, fold="y"))
    assert keys(piece, folded) == [False, False, True, True]


def test_laid_out_otherwise():
    """Two groups as one, and dataflows with layouts of their own."""
    layer = ConvLayer(IC=4, OC=4, IX=4, IY=5, KX=1, KY=1, groups=2)
    wide = ArrayConfig(rows=2, cols=4, post_lanes=2, lanes=4)
    plain, merged = (whole_piece(Mapping(wide, layer, merge=merge)) for merge in (1, 2))
    assert keys(plain, merged) == [False] * 4
    deep = ConvLayer(IC=4, OC=4, IX=4, IY=5, KX=3, KY=3, groups=4)
    dense, shared, lines = (
        whole_piece(Mapping(wide, deep, dataflow=name))
        for name in ("dense", "shared", "shared lines")
    )
    assert keys(dense, shared) == [False] * 4
    assert keys(shared, lines) == [True, False, False, False]
