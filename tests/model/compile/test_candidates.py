"""The mapping in the fewest cycles is chosen."""

from itertools import product

import pytest
from drawing import configs, integers_of, layers
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith.model.compile.candidates import best_mapping, mappings
from convolith.model.compile.mapping import Mapping
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.relayout.fold import FOLDS
from convolith.model.relayout.merge import merge_counts


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (ConvLayer(IC=3, OC=64, IX=56, IY=56, KX=7, KY=7), "folded along x and y"),
        (ConvLayer(IC=24, OC=64, IX=14, IY=14, KX=5, KY=5), "folded along y"),
        (ConvLayer(IC=24, OC=64, IX=23, IY=17, KX=7, KY=1), "folded along x"),
        (ConvLayer(IC=24, OC=64, IX=23, IY=17, KX=5, KY=3), "folded along x"),
        (ConvLayer(IC=64, OC=64, IX=28, IY=28, KX=3, KY=3), "plain"),
        (
            ConvLayer(IC=64, OC=64, IX=28, IY=28, KX=3, KY=3, groups=16),
            "4 groups as one",
        ),
        (
            ConvLayer(IC=64, OC=64, IX=28, IY=28, KX=3, KY=3, groups=64),
            "shared words by patches",
        ),
        (
            ConvLayer(IC=64, OC=64, IX=28, IY=28, KX=3, KY=3, dilation=(4, 4), groups=64),
            "shared words by patches, space to batch",
        ),
        (ConvLayer(IC=124, OC=124, IX=28, IY=28, KX=3, KY=3, groups=31), "4 groups as one"),
        (
            ConvLayer(IC=64, OC=64, IX=1, IY=280, KX=1, KY=5, groups=64),
            "shared words by lines",
        ),
    ],
)
def test_what_is_chosen(layer, name):
    config = ArrayConfig(rows=16, cols=16, act_words=1 << 20, weight_words=1 << 20)
    chosen = best_mapping(config, layer)
    assert chosen.name == name
    assert chosen.cycles == min(mapping.cycles for mapping in mappings(config, layer))


def test_groups_of_four_channels_at_20_percent():
    config = ArrayConfig(rows=16, cols=16, act_words=1 << 20, weight_words=1 << 20)
    layer = ConvLayer(IC=128, OC=128, IX=28, IY=28, KX=3, KY=3, padding=(1, 1), groups=32)
    mapping = best_mapping(config, layer)
    assert layer.macs / (mapping.cycles * config.multipliers) >= 0.20


@given(config=configs(), layer=layers(max_groups=4))
def test_the_plain_one_is_always_there(config, layer):
    first, *others = mappings(config, layer)
    assert first.name == "plain"
    for other in others:
        channels = other.merge * layer.group_IC
        assert other.fold != "xy" or channels < config.lanes
        assert not other.fold or other.kind.halves_words or channels % config.lanes
        assert other.merge == 1 or other.merge * layer.group_IC <= config.lanes
        assert config.shares_words or not other.kind.whole_words
    assert list(mappings(config, layer, plain=True)) == [first]


@settings(max_examples=200)
@given(data=st.data())
def test_no_other_fold_along_an_axis_is_better(data):
    draw = integers_of(data)

    dot, packs = draw(1, 2), bool(draw(0, 1))
    config = ArrayConfig(rows=draw(1, 8), cols=draw(1, 9), dot=dot, lanes=dot * draw(1, 8),
                         pack_edges=packs)
    layer = ConvLayer(N=draw(1, 3), IC=draw(1, 40), OC=draw(1, 40), IX=draw(5, 9), IY=draw(5, 9),
                      KX=draw(1, 5), KY=draw(1, 5))
    ways = product(("", "x", "y"), ("dense", "packed", "paired"))
    others = [Mapping(config, layer, fold=fold, dataflow=name) for fold, name in ways]
    fewest = min(other.cycles for other in others if other.tiling.fits())
    assert min(mapping.cycles for mapping in mappings(config, layer)) <= fewest


@settings(max_examples=60)
@given(data=st.data())
def test_no_other_number_of_groups_is_better(data):
    """Of those that fit a word, folded or not."""

    draw = integers_of(data)

    groups, dot = draw(2, 40), draw(1, 4)
    config = ArrayConfig(rows=draw(1, 8), cols=draw(1, 9), dot=dot, lanes=dot * draw(1, 12))
    each = draw(1, min(4, config.lanes))
    layer = ConvLayer(
        IC=groups * each, OC=groups * draw(1, 3), IX=draw(3, 6), IY=draw(3, 6),
        KX=draw(1, 3), KY=draw(1, 3), groups=groups,
    )
    most = min(groups, config.lanes // each)
    counts = merge_counts(layer, config)
    assert set(counts) <= set(range(1, most + 1))
    for fold in FOLDS:
        fewest = min(Mapping(config, layer, n, fold).cycles for n in range(1, most + 1))
        found = min(Mapping(config, layer, n, fold).cycles for n in counts)
        # Rows of the last tile may end sooner.
        assert found - fewest < config.rows


def test_parts_of_the_same_sums_share_no_words():
    """Kept sums must come in the order of those that are added to them."""
    layer = ConvLayer(IC=8, OC=8, IX=9, IY=9, KX=3, KY=3, groups=8)
    config = ArrayConfig(rows=4, cols=4)
    whole = {mapping.dataflow for mapping in mappings(config, layer)}
    assert {"shared", "shared lines"} & whole
    assert not any(
        mapping.kind.whole_words for mapping in mappings(config, layer, split=True)
    )
