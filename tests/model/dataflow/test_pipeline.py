"""Tiles that wait for slow lanes: whole periods are skipped, and nothing is different."""

import random

import pytest

from convolith.model.compile.candidates import mappings, unlimited
from convolith.model.dataflow.cycles import fill
from convolith.model.dataflow.exits import LanesExit
from convolith.model.dataflow.pipeline import Pipeline
from convolith.model.dataflow.sequence import all_tiles
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig


def drawn(seed):
    """An array whose lanes are slower than it, or not, and a layer of some ten or hundred tiles."""
    draw = random.Random(seed)
    cols = draw.choice([2, 3, 4, 6])
    rows, dot = draw.choice([1, 2, 3, 4, 5]), draw.choice([1, 2])
    stores = draw.random() < 0.3
    config = ArrayConfig(
        rows=rows, cols=cols, dot=dot, lanes=dot * draw.choice([1, 2, 4]) if stores else 0,
        post_lanes=1 if stores else draw.choice([n for n in (1, 2, 3) if cols % n == 0]),
        post_mode=draw.choice(["int32", "float32", "tflite"]), store_results=stores,
        pack_edges=not stores and draw.random() < 0.5,
    )
    groups = draw.choice([1, 1, 4])
    layer = ConvLayer(
        N=draw.choice([1, 3]), IC=groups * draw.randint(1, 3), OC=groups * draw.randint(1, 6),
        IX=draw.randint(3, 9), IY=draw.randint(3, 9), KX=draw.choice([1, 1, 2]),
        KY=draw.choice([1, 1, 3]), padding=(draw.randint(0, 1), 0), groups=groups,
    )
    return unlimited(config), layer


SEEDS = range(60)


def waits(mapping):
    """Tiles start later than they would without lanes."""
    tiling = mapping.tiling
    return mapping.cycles > 1.5 * tiling.tiles * tiling.tile_cycles + fill(tiling)


def test_lanes_that_are_slow_and_such_that_are_not():
    drawn_ones = [next(mappings(*drawn(seed), requantized=True)) for seed in SEEDS]
    assert 10 < sum(map(waits, drawn_ones)) < 50


@pytest.mark.parametrize("seed", SEEDS)
def test_skipped_and_not(seed):
    for mapping in mappings(*drawn(seed), requantized=True):
        tiling = mapping.tiling
        skipping, plain = (Pipeline(tiling, LanesExit(tiling, skips=True)) for _ in range(2))
        skipping.run(tiling.sequence())
        for tile in all_tiles(tiling.sequence()):
            plain.tile(tile)
        assert skipping.start == plain.start
        assert skipping.done == plain.done
        assert skipping.exit.last == plain.exit.last == mapping.cycles
