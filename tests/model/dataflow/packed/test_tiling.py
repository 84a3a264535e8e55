"""Packed tiles: counts, RTL, traces, waveforms."""

from itertools import product

import numpy as np
import pytest
import torch
from core_bench import CoreBench, Work, run_exactly
from drawing import integers_of, random_ints
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_rows import check_accumulators, check_outputs, rows_of

import convolith
from convolith.model.compile.candidates import best_mapping, unlimited
from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow.packed.tiling import PackedTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

ARRAYS = {
    "4x2x1": {"rows": 4, "cols": 2},
    "3x1x2, idle slots": {"rows": 3, "cols": 1, "dot": 2, "lanes": 2},
    "2x3x1, many beats": {"rows": 2, "cols": 3, "lanes": 5},
    "9x2x1": {"rows": 9, "cols": 2},
    "6x1x1": {"rows": 6, "cols": 1},
    "5x2x2, no sharing": {"rows": 5, "cols": 2, "dot": 2, "depthwise": False},
    "1x2x1": {"rows": 1, "cols": 2, "lanes": 2},
}
# Fewer pixels than two tiles, whole tiles, pixels that are left over; groups, batch, 1D.
LAYERS = {
    "5 pixels": ConvLayer(IC=3, OC=7, IX=2, IY=4, KX=2, KY=2, padding=(1, 0), stride=(2, 1)),
    "groups": ConvLayer(N=2, IC=4, OC=6, IX=3, IY=3, KX=1, KY=2, padding=(0, 1), groups=2),
    "1D": ConvLayer(N=3, IC=6, OC=8, IY=4, KY=3, padding=(0, 1), dims=1),
    "whole tiles": ConvLayer(IC=2, OC=9, IX=4, IY=5, KX=1, KY=1),
    "1 pixel": ConvLayer(IC=5, OC=9, IY=1, KY=1, dims=1),
    "2 pixels": ConvLayer(N=2, IC=5, OC=9, IY=2, KY=2, dims=1, groups=1),
    "one oc_tile per group": ConvLayer(IC=3, OC=3, IX=3, IY=3, KX=2, KY=2, groups=3),
}


def tiles_of(layer, config):
    """A tile is full with R rows, or where a third tile of output channels would begin."""
    tiles = [[]]
    for row in rows_of(layer, config.cols):
        channels = dict.fromkeys([*(other[0] for other in tiles[-1]), row[0]])
        if len(tiles[-1]) == config.rows or len(channels) > 2:
            tiles.append([])
        tiles[-1].append(row)
    return tiles


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_counts(array, layer):
    tiling = PackedTiling(ArrayConfig(pack_edges=True, **array), layer)
    tiles = tiles_of(layer, tiling.config)
    check_outputs(tiling, tiles)
    assert tiling.crossings == sum(tile[0][0] != tile[-1][0] for tile in tiles)


def test_counts_of_any_size():
    for rows, pixels, passes in product(range(1, 10), range(1, 12), range(2, 13)):
        config = ArrayConfig(rows=rows, cols=1, lanes=1, pack_edges=True)
        tiling = PackedTiling(config, ConvLayer(IC=1, OC=passes, IY=pixels, KY=1, dims=1))
        tiles = tiles_of(tiling.layer, config)
        lengths = [len(tiling.outputs(tile)) for tile in range(tiling.tiles)]
        assert lengths == [len(tile) for tile in tiles]
        assert tiling.last_row == lengths[-1] - 1
        assert tiling.crossings == sum(tile[0][0] != tile[-1][0] for tile in tiles)


def test_many_passes_take_a_moment():
    layer = ConvLayer(IC=60_000, OC=3_600_000_000, IY=1, KY=1, dims=1, groups=60_000)
    tiling = PackedTiling(ArrayConfig(rows=16, cols=16, pack_edges=True, size_bits=24), layer)
    assert tiling.tiles == 60_000 * 3_750 // 2
    assert tiling.crossings == tiling.tiles


def test_banks_by_hand():
    """Four tiles of output channels, two words each: 0 and 2 in one bank, 1 and 3 in the other."""
    config = ArrayConfig(rows=2, cols=1, lanes=2, pack_edges=True)
    layer = ConvLayer(IC=2, OC=4, IY=5, KY=1, dims=1)
    words = np.arange(8).reshape(8, 1)
    even, odd = PackedTiling(config, layer).in_banks(words).values()
    assert (even.ravel().tolist(), odd.ravel().tolist()) == ([0, 1, 4, 5], [2, 3, 6, 7])
    three = PackedTiling(config, ConvLayer(IC=2, OC=3, IY=5, KY=1, dims=1))
    assert three.weight_banks == (4, 2)


@pytest.mark.parametrize(("idle", "stall"), [(False, False), (True, True)])
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_the_rtl(array, idle, stall):
    """Layers one after the other, among them some without packed tiles; with and without bias.

    And a depthwise one with shared words, whose weights are all in one bank.
    """
    config = ArrayConfig(pack_edges=True, addr_bits=12, size_bits=8, **array)
    works = []
    for i, layer in enumerate([*LAYERS.values(), LAYERS["groups"]]):
        packed = Mapping(config, layer, dataflow="packed")
        fits = packed.tiling.fits() and i < len(LAYERS)
        mapping = packed if fits else Mapping(config, layer)
        works.append(Work.mapped(mapping, i, biased=i % 2 == 0, act_base=200 * i + 3,
                                 weight_base=150 * i, bias_base=20 * i))
    deep = ConvLayer(IC=6, OC=6, IX=4, IY=4, KX=2, KY=2, groups=6)
    shared = Mapping(config, deep, dataflow="shared lines")
    if config.shares_words and shared.tiling.fits():
        works.insert(2, Work.mapped(shared, 9, biased=True, act_base=1500, weight_base=1500,
                                    bias_base=200))
    run_exactly(works, idle=idle, stall=stall)


@settings(max_examples=25)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_any_layer(data, seed):
    draw = integers_of(data)

    dot, groups = draw(1, 2), draw(1, 3)
    config = ArrayConfig(
        rows=draw(1, 9), cols=draw(1, 3), dot=dot, lanes=dot * draw(1, 6), pack_edges=True,
        depthwise=bool(draw(0, 1)), bias_words=64 * draw(0, 1), sum_words=64 * draw(0, 1),
        addr_bits=12, size_bits=8,
    )
    layer = ConvLayer(
        N=draw(1, 2), IC=groups * draw(1, 4), OC=groups * draw(1, 6), IX=draw(2, 4), IY=draw(3, 6),
        KX=draw(1, 2), KY=draw(1, 3), stride=(draw(1, 2), draw(1, 2)),
        padding=(draw(0, 1), draw(0, 1)), groups=groups,
    )
    mapping = Mapping(config, layer, dataflow="packed")
    if not mapping.tiling.fits() or mapping.tiling.tiles * mapping.tiling.tile_cycles > 900:
        return
    run_exactly([Work.mapped(mapping, seed, biased=config.bias_words > 0)])


@pytest.mark.parametrize("layer", ["5 pixels", "groups", "1D", "1 pixel"])
@pytest.mark.parametrize("array", ["4x2x1", "3x1x2, idle slots", "9x2x1"])
def test_accumulators_and_loop_variables(array, layer):
    """Every PE's sum in every cycle, and what the waveform says of PE (0, 0)."""
    config, layer = ArrayConfig(pack_edges=True, **ARRAYS[array]), LAYERS[layer]
    check_accumulators(Mapping(config, layer, dataflow="packed"), tiles_of(layer, config))


@pytest.mark.parametrize("simulator", ["amaranth", "verilator"])
def test_whatever_the_planner_makes_of_it(simulator):
    """Input channels in parts, whose sums are kept; memories that hold a few passes only."""
    conv = torch.nn.Conv2d(12, 10, 3, padding=1)
    x = torch.from_numpy(random_ints(1, (2, 12, 3, 3), 5)).float()
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(random_ints(2, conv.weight.shape, 5)))
        conv.bias.copy_(torch.from_numpy(random_ints(3, (10,), 9)))
    for depths, way in (
        ({}, "packed tiles"), ({"weight_words": 120}, "packed tiles"),
        ({"weight_words": 40, "sum_words": 90}, "rows in pairs"),  # a pass each
    ):
        result = convolith.run(conv, x, rows=4, cols=2, pack_edges=True, simulator=simulator,
                               **depths)
        assert result.equal
        assert result.cycles == result.result.model_cycles
        assert way in result.result.schedule.mapping
        assert np.array_equal(result.output, conv(x).detach().numpy())


def test_the_example_of_the_docs():
    """docs/cycles.md: when each row of sums leaves."""
    config = ArrayConfig(rows=2, cols=1, bias_words=0, sum_words=0, pack_edges=True)
    layer = ConvLayer(IC=2, OC=2, IY=3, KY=1, dims=1)
    for name, left in (("packed", [21, 22, 23, 24, 25, 26]), ("dense", [21, 22, 23, 25, 26, 27])):
        (work,) = CoreBench([Work.mapped(Mapping(config, layer, dataflow=name))]).run()
        assert [cycle - work.accepted for cycle, _ in work.taken] == left
        assert np.array_equal(work.got, work.expected)


def test_fewer_cycles_where_rows_are_left_over():
    layer = ConvLayer(IC=64, OC=64, IX=7, IY=7, KX=1, KY=1)
    for rows, tiles in ((16, -(-4 * 49 // 16)), (64, 4), (128, 2)):
        config = ArrayConfig(rows=rows, cols=16, lanes=128, pack_edges=True)
        best = best_mapping(unlimited(config), layer)
        assert best.tiling.tiles == tiles
        assert best.dataflow == "packed"
