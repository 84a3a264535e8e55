"""Pairs of rows that share an output: counts, words, RTL, traces, waveforms, what is chosen."""

from itertools import product

import numpy as np
import pytest
import torch
from core_bench import CoreBench, Work, generators, run_exactly
from drawing import integers_of, random_ints
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_rows import check_accumulators, check_outputs, rows_of
from post_steps import random_step

import convolith
from convolith.model.compile.candidates import best_mapping, unlimited
from convolith.model.compile.images import IMAGES
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.piece import whole_piece
from convolith.model.dataflow.paired.tiling import PairedTiling
from convolith.model.dataflow.post_rows import whole_rows
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.verilator import VerilatorSimulator

ARRAYS = {
    "4x2x1": {"rows": 4, "cols": 2},
    "2x1x2, idle slots": {"rows": 2, "cols": 1, "dot": 2, "lanes": 2},
    "6x3x1, idle slots": {"rows": 6, "cols": 3, "lanes": 3},
    "2x2x1, many beats": {"rows": 2, "cols": 2, "lanes": 5},
    "10x1x1, no sharing": {"rows": 10, "cols": 1, "lanes": 4, "depthwise": False},
    "8x2x1, no bias": {"rows": 8, "cols": 2, "lanes": 4, "bias_words": 0},
    "4x1x2, no sums": {"rows": 4, "cols": 1, "dot": 2, "sum_words": 0},
}
# An even and an odd number of blocks; one pixel, tiles that are full and not; groups, batch, 1D.
LAYERS = {
    "1 pixel": ConvLayer(IC=24, OC=2, IY=1, KY=1, dims=1),
    "5 pixels": ConvLayer(IC=17, OC=3, IX=2, IY=4, KX=2, KY=2, padding=(1, 0), stride=(2, 1)),
    "groups": ConvLayer(N=2, IC=22, OC=6, IX=2, IY=2, KX=1, KY=2, padding=(0, 1), groups=2),
    "1D": ConvLayer(N=3, IC=11, OC=4, IY=3, KY=3, padding=(0, 1), dilation=(1, 2), dims=1),
    "whole tiles": ConvLayer(IC=12, OC=5, IX=4, IY=3, KX=1, KY=1),
}


def config_of(array):
    return ArrayConfig(pack_edges=True, addr_bits=12, size_bits=8, **array)


def tiles_of(layer, config):
    """Each output twice; a tile is full with R rows, or where its output channels end."""
    tiles = [[]]
    for row in rows_of(layer, config.cols):
        if len(tiles[-1]) == config.rows or tiles[-1] and tiles[-1][-1][0] != row[0]:
            tiles.append([])
        tiles[-1] += [row, row]
    return tiles


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_counts(array, layer):
    tiling = PairedTiling(config_of(array), layer)
    assert tiling.fits()
    tiles = tiles_of(layer, tiling.config)
    check_outputs(tiling, tiles)


def test_what_cannot_be_shared():
    layer, few = LAYERS["1 pixel"], ConvLayer(IC=4, OC=2, IY=1, KY=1, dims=1)
    assert not PairedTiling(config_of({"rows": 4}), few).fits()  # a word
    for lacks in ({"rows": 5}, {"pack_edges": False}, {"bias_words": 0, "sum_words": 0}):
        config = ArrayConfig(**{"rows": 4, "pack_edges": True, **lacks})
        assert not PairedTiling(config, layer).fits()


def test_blocks_and_words_by_hand():
    """Three words of a channel each: 0 and 1 are the first row's, 2 the second one's."""
    config = ArrayConfig(rows=2, cols=1, lanes=1, pack_edges=True)
    mapping = Mapping(config, ConvLayer(IC=3, OC=2, IY=2, KY=2, dims=1), dataflow="paired")
    tiling = mapping.tiling
    assert (tiling.blocks(0), tiling.blocks(1)) == ([0, 1], [None, 2])
    assert (tiling.steps, tiling.tile_cycles, tiling.tiles) == (4, 8, 2)
    weight = np.array([[[1, 2], [3, 4], [5, 6]], [[11, 12], [13, 14], [15, 16]]])
    words = mapping.weight_words(weight)
    even, odd = tiling.in_banks(words).values()
    assert even.ravel().tolist() == [1, 2, 3, 4, 11, 12, 13, 14]
    assert odd.ravel().tolist() == [0, 0, 5, 6, 0, 0, 15, 16]
    assert tiling.weight_banks == (8, 8)
    assert tiling.act_words == 6


def test_weights_stay_in_memory_only_as_they_are():
    layer = LAYERS["5 pixels"]
    plain, pairs, packed = (
        whole_piece(Mapping(config_of({"rows": 4, "cols": 2}), layer, dataflow=name))
        for name in ("dense", "paired", "packed")
    )
    act, weight, _, _ = IMAGES
    assert weight.key(plain) == weight.key(packed) != weight.key(pairs)
    assert act.key(plain) == act.key(packed) == act.key(pairs)


@pytest.mark.parametrize(("idle", "stall"), [(False, False), (True, True)])
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_the_rtl(array, idle, stall):
    """Layers one after the other, among them such as take one row for an output; with bias or not.

    And some with packed tiles, and a depthwise one with shared words.
    """
    config = config_of(array)
    mappings = [Mapping(config, layer, dataflow="paired") for layer in LAYERS.values()]
    deep = ConvLayer(IC=6, OC=6, IX=4, IY=4, KX=2, KY=2, groups=6)
    for i, other in enumerate([
        Mapping(config, LAYERS["groups"], dataflow="packed"), Mapping(config, LAYERS["5 pixels"]),
        Mapping(config, deep, dataflow="shared lines"),
    ]):
        if not other.kind.whole_words or config.shares_words and other.tiling.fits():
            mappings.insert(2 * i + 1, other)
    works, act, weight = [], 3, 0
    for i, mapping in enumerate(mappings):
        biased = i % 2 == 0 and config.bias_words > 0
        works.append(Work.mapped(mapping, i, biased=biased, act_base=act, weight_base=weight,
                                 bias_base=20 * i))
        act += mapping.tiling.act_words
        weight += mapping.tiling.weight_banks[0]
    run_exactly(works, idle=idle, stall=stall)


@pytest.mark.parametrize("stall", [False, True])
@pytest.mark.parametrize("kinds", list(product(["dense", "paired"], repeat=3)))
def test_partial_sums(kinds, stall):
    """Three parts of the same sums, each in pairs of rows or not."""
    config = config_of({"rows": 4, "cols": 2})
    works, kept = [], None
    for i, name in enumerate(kinds):
        mapping = Mapping(config, LAYERS["5 pixels"], dataflow=name)
        work = Work.mapped(mapping, 3 * i, biased=i == 0, act_base=100 * i, weight_base=300 * i,
                           keeps=i < 2, after=kept)
        works.append(work)
        kept = work
    for work in CoreBench(works, **generators(stall, stall)).run():
        if not work.keeps:
            assert np.array_equal(work.got, work.expected)
            assert stall or work.cycles == work.mapping.cycles


@settings(max_examples=25)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_any_layer(data, seed):
    draw = integers_of(data)

    dot, groups = draw(1, 2), draw(1, 2)
    config = ArrayConfig(
        rows=2 * draw(1, 4), cols=draw(1, 3), dot=dot, lanes=dot * draw(1, 4), pack_edges=True,
        depthwise=bool(draw(0, 1)), bias_words=64, sum_words=64 * draw(0, 1),
        addr_bits=12, size_bits=8,
    )
    layer = ConvLayer(
        N=draw(1, 2), IC=groups * draw(2, 12), OC=groups * draw(1, 4), IX=draw(2, 4),
        IY=draw(3, 6), KX=draw(1, 2), KY=draw(1, 3), stride=(draw(1, 2), draw(1, 2)),
        padding=(draw(0, 1), draw(0, 1)), groups=groups,
    )
    mapping = Mapping(config, layer, dataflow="paired")
    if not mapping.tiling.fits() or mapping.tiling.tiles * mapping.tiling.tile_cycles > 900:
        return
    run_exactly([Work.mapped(mapping, seed, biased=True)])


@pytest.mark.parametrize("layer", ["1 pixel", "5 pixels", "groups", "1D"])
@pytest.mark.parametrize("array", ["4x2x1", "2x1x2, idle slots", "8x2x1, no bias"])
def test_accumulators_and_loop_variables(array, layer):
    """Every PE's sum in every cycle, and what the waveform says of PE (0, 0)."""
    config, layer = config_of(ARRAYS[array]), LAYERS[layer]
    check_accumulators(Mapping(config, layer, dataflow="paired"), tiles_of(layer, config))


@pytest.mark.parametrize("simulator", [AmaranthSimulator, VerilatorSimulator])
@pytest.mark.parametrize("lanes", [1, 4])
def test_requantized(simulator, lanes):
    """The lanes keep up, or make rows wait; and have parameters of the right channels."""
    config = ArrayConfig(rows=4, cols=4, pack_edges=True, post_lanes=lanes, addr_bits=12)
    steps = []
    for i, layer in enumerate(LAYERS.values()):
        for name in ("paired", "dense"):
            mapping = Mapping(config, layer, dataflow=name, requantized=True)
            step, y = random_step(mapping, i)
            steps.append((step, mapping, y))
    run = simulator().run([step for step, _, _ in steps])
    for (step, mapping, y), rows, cycles in zip(steps, run.rows, run.step_cycles, strict=True):
        assert np.array_equal(mapping.output_tensor(whole_rows(step.tiling, rows)), y)
        assert cycles == step.cycles == mapping.cycles


@pytest.mark.parametrize("simulator", ["amaranth", "verilator"])
@pytest.mark.parametrize("depths", [{}, {"weight_words": 24}, {"act_words": 8, "sum_words": 9}])
def test_linear_layers(simulator, depths):
    """One output-channel tile, few pixels; in pieces, too, and in parts of the sums."""
    linear = torch.nn.Linear(37, 4)
    x = torch.from_numpy(random_ints(1, (2, 37), 5)).float()
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(random_ints(2, linear.weight.shape, 5)))
        linear.bias.copy_(torch.from_numpy(random_ints(3, (4,), 9)))
    result = convolith.run(linear, x, rows=4, cols=4, pack_edges=True, simulator=simulator,
                           **depths)
    assert result.equal
    assert result.cycles == result.result.model_cycles
    assert "rows in pairs" in result.result.schedule.mapping
    assert np.array_equal(result.output, linear(x).detach().numpy())


def test_fewer_cycles_with_few_outputs():
    """Half of them, where there is one tile of output channels."""
    config = unlimited(ArrayConfig(rows=16, cols=16, pack_edges=True))
    for pixels, tiles, plain in ((1, 1, 1), (8, 1, 1), (17, 3, 2), (24, 3, 2)):
        layer = ConvLayer(N=pixels, IC=320, OC=10, IY=1, KY=1, dims=1)
        best, other = best_mapping(config, layer), Mapping(config, layer)
        assert best.name == "rows in pairs"
        assert (best.tiling.tiles, best.tiling.tile_cycles) == (tiles, 160)
        assert (other.tiling.tiles, other.tiling.tile_cycles) == (plain, 320)
    for channels, outputs, cycles, plain in (
        (84, 10, 70, 117), (512, 10, 278, 533), (512, 1000, 16_150, 32_277),
    ):
        layer = ConvLayer(IC=channels, OC=outputs, IY=1, KY=1, dims=1)
        assert best_mapping(config, layer).cycles == cycles
        assert Mapping(config, layer).cycles == plain
    # A word of 16 channels is one row's; eight taps of it are four words for each.
    kernel = best_mapping(config, ConvLayer(IC=16, OC=16, IX=8, IY=8, KX=8, KY=8))
    assert (kernel.name, kernel.cycles) == ("folded along y, rows in pairs", 534)
    # Two tiles of output channels are one tile of rows that runs on: as good, and fewer words.
    two = best_mapping(config, ConvLayer(IC=336, OC=20, IY=1, KY=1, dims=1))
    assert two.name == "packed tiles"
