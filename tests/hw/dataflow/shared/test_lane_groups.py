"""Depthwise layers whose lane groups have weights of both banks: counts, RTL, what is chosen."""

import numpy as np
import pytest
from core_bench import Work, run_exactly
from drawing import integers_of
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith.model.compile.candidates import best_mapping, unlimited
from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow import cycles
from convolith.model.dataflow.shared.tiling import SharedTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

# Array, lane groups, outputs of a patch.
ARRAYS = {
    "8x2x1": ({"rows": 8, "cols": 2}, 2, (2, 2)),
    "16x1x1": ({"rows": 16, "cols": 1}, 2, (2, 4)),
    "18x1x1": ({"rows": 18, "cols": 1}, 2, (3, 3)),
    "6x2x1, lines": ({"rows": 6, "cols": 2}, 2, (1, 3)),
    "16x1x2": ({"rows": 16, "cols": 1, "dot": 2}, 4, (2, 2)),
    "12x1x2, 3 groups": ({"rows": 12, "cols": 2, "dot": 2, "lanes": 6}, 3, (2, 2)),
    "4x3x1, a wide word": ({"rows": 4, "cols": 3, "lanes": 12}, 2, (1, 2)),
}
LAYERS = {
    "3x3": {"C": 7, "IX": 6, "IY": 7, "KX": 3, "KY": 3, "padding": (1, 1)},
    "stride": {"N": 2, "C": 5, "IX": 7, "IY": 9, "KX": 3, "KY": 2, "stride": (2, 2)},
    "dilation": {"C": 18, "IX": 8, "IY": 6, "KX": 2, "KY": 3, "dilation": (3, 2), "stride": (2, 1)},
    "two per channel": {"C": 3, "m": 2, "IX": 4, "IY": 5, "KX": 2, "KY": 3, "padding": (1, 0)},
    "1x1": {"C": 9, "IX": 5, "IY": 4, "KX": 1, "KY": 1},
    "1D": {"C": 6, "IY": 11, "KY": 3, "dims": 1, "padding": (0, 2)},
}


def depthwise(C, m=1, **shape):
    return ConvLayer(IC=C, OC=C * m, groups=C, **shape)


def test_two_words_by_hand():
    # 32 channels a word, 16 for each half of the rows; 2x4 outputs of a 3x3 kernel take 4x6 words.
    config = ArrayConfig(rows=16, cols=16, lanes=32, pack_edges=True)
    layer = depthwise(128, IX=56, IY=56, KX=3, KY=3, padding=(1, 1))
    tiling = SharedTiling(config, layer)
    assert (config.lane_groups, config.odd_groups, tiling.patch) == (2, 1, (2, 4))
    assert (tiling.tile_cycles, tiling.tiles) == (4 * 6, 4 * 28 * 14)
    assert [tiling.delay(row) for row in (0, 3, 4, 7, 8, 12, 15)] == [0, 3, 6, 9, 10, 16, 19]
    assert tiling.weight_banks == (4 * 9, 4 * 9)
    assert tiling.act_words == 56 * 56 * 4
    # A word of 16 per cycle has twice as many passes, of 36 cycles for twice as many outputs.
    narrow = SharedTiling(ArrayConfig(rows=16, cols=16, pack_edges=True), layer)
    assert narrow.tiles * narrow.tile_cycles * 2 == tiling.tiles * tiling.tile_cycles * 3


def test_banks_by_hand():
    """Two channels of two taps: the first one's weights are in one bank, the other's in another."""
    config = ArrayConfig(rows=2, cols=1, lanes=2, pack_edges=True)
    mapping = Mapping(config, depthwise(2, IY=5, KY=2, dims=1), dataflow="shared lines")
    words = mapping.weight_words(np.array([[[1, 2]], [[3, 4]]]))
    even, odd = mapping.tiling.in_banks(words).values()
    assert (even.ravel().tolist(), odd.ravel().tolist()) == ([1, 2], [3, 4])


@pytest.mark.parametrize(("idle", "stall"), [(False, False), (True, True)])
@pytest.mark.parametrize(("array", "groups", "patch"), ARRAYS.values(), ids=ARRAYS)
def test_the_rtl(array, groups, patch, idle, stall):
    """One after the other: in patches, in lines, and between them layers with packed tiles."""
    config = ArrayConfig(pack_edges=True, addr_bits=13, size_bits=8, **array)
    assert (config.lane_groups, config.patch) == (groups, patch)
    assert config.odd_groups == groups - config.dot
    mappings = [
        Mapping(config, depthwise(**shape), dataflow=way)
        for shape in LAYERS.values()
        for way in ("shared", "shared lines")
    ]
    mappings = [mapping for mapping in mappings if mapping.tiling.fits()]
    assert len(mappings) > len(LAYERS)
    packed = ConvLayer(IC=3, OC=7, IX=3, IY=4, KX=2, KY=2)
    mappings.insert(3, Mapping(config, packed, dataflow="packed"))
    works = [
        Work.mapped(mapping, i, biased=i % 2 == 0, act_base=200 * i + 3, weight_base=330 * i,
                    bias_base=20 * i)
        for i, mapping in enumerate(mappings)
    ]
    run_exactly(works, idle=idle, stall=stall)


@settings(max_examples=25)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_any_layer(data, seed):
    draw = integers_of(data)

    dot, cols = draw(1, 2), draw(1, 3)
    config = ArrayConfig(
        rows=2 * draw(1, 8), cols=cols, dot=dot, lanes=dot * cols * draw(2, 5), pack_edges=True,
        bias_words=64 * draw(0, 1), sum_words=64 * draw(0, 1), addr_bits=12, size_bits=8,
    )
    layer = depthwise(
        draw(1, 2 * config.lanes), draw(1, 2), N=draw(1, 2), IX=draw(5, 7), IY=draw(5, 7),
        KX=draw(1, 3), KY=draw(1, 3), stride=(draw(1, 3), draw(1, 3)),
        padding=(draw(0, 1), draw(0, 1)), dilation=(1, draw(1, 2)) if draw(0, 1) else (1, 1),
    )
    mapping = Mapping(config, layer, dataflow=("shared", "shared lines")[draw(0, 1)])
    if not mapping.tiling.fits() or mapping.tiling.tiles * mapping.tiling.tile_cycles > 900:
        return
    run_exactly([Work.mapped(mapping, seed, biased=config.bias_words > 0)])


def test_fewer_cycles_with_wider_words():
    layer = depthwise(64, IX=28, IY=28, KX=3, KY=3, padding=(1, 1))
    one, two = (
        best_mapping(unlimited(ArrayConfig(rows=16, cols=16, lanes=lanes, pack_edges=True)), layer)
        for lanes in (16, 32)
    )
    assert cycles.cycles(one.tiling) > 1.45 * cycles.cycles(two.tiling)
