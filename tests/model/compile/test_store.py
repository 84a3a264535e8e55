"""Results that stay in the activation memory: the next layer reads them there."""

from dataclasses import replace

import numpy as np
import pytest
from post_steps import random_step

from convolith.model.compile.bases import Bases
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.store import reads_stored, stores
from convolith.model.dataflow.post_rows import whole_rows
from convolith.model.dataflow.stored import Store
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.engines.verilator import VerilatorSimulator

PLAIN = ConvLayer(N=2, IC=3, OC=11, IX=2, IY=4, KX=2, KY=2, padding=(1, 1))
GROUPS = ConvLayer(IC=8, OC=16, IX=2, IY=4, KX=2, KY=2, groups=2)
SMALL_GROUPS = ConvLayer(IC=8, OC=8, IX=2, IY=3, KX=2, KY=2, groups=2)
LINE = ConvLayer(N=2, IC=3, OC=4, IY=11, KY=3, stride=(1, 2), dims=1)
DEPTHWISE = ConvLayer(N=2, IC=12, OC=12, IX=3, IY=5, KX=3, KY=3, padding=(1, 1), groups=12)
# A row of sums every other cycle, or one after the other, each for another place.
PIXEL = ConvLayer(IC=2, OC=12, IX=1, IY=1, KX=1, KY=1)
POINTS = ConvLayer(N=2, IC=9, OC=9, IX=3, IY=5, KX=1, KY=1, groups=9)

FIRST = {
    "plain": (PLAIN, {}),
    "folded": (PLAIN, {"fold": "y"}),
    "whole tiles of groups": (GROUPS, {}),
    "less than tiles of groups": (SMALL_GROUPS, {}),
    "1d": (LINE, {}),
    "patch": (DEPTHWISE, {"dataflow": "shared"}),
    "line": (DEPTHWISE, {"dataflow": "shared lines"}),
    "one pixel": (PIXEL, {}),
    "1x1 patches": (POINTS, {"dataflow": "shared"}),
}

ARRAYS = {
    "4x4x1": ArrayConfig(rows=4, cols=4, post_lanes=2, store_results=True),
    "3x4x2, one lane": ArrayConfig(
        rows=3, cols=4, dot=2, lanes=4, post_lanes=1, store_results=True
    ),
    "4x8x4, all lanes": ArrayConfig(rows=4, cols=8, dot=4, post_lanes=8, store_results=True),
    "one bank": ArrayConfig(rows=2, cols=4, lanes=4, post_lanes=4, store_results=True),
    "1x2x1": ArrayConfig(rows=1, cols=2, lanes=2, post_lanes=1, store_results=True,
                         sum_words=0, depthwise=False),
    "a row per cycle": ArrayConfig(rows=1, cols=2, dot=2, post_lanes=2, store_results=True),
    "odd widths": ArrayConfig(rows=2, cols=2, lanes=8, act_bits=5, weight_bits=6, post_lanes=2,
                              post_mode="tflite", store_results=True),
}


def second_layer(first):
    """Takes what the first gives: every channel of every pixel counts."""
    return ConvLayer(
        N=first.N, IC=first.OC, OC=7, IX=first.OX, IY=first.OY, KX=min(2, first.OX), KY=2,
        padding=(0, 1), dims=first.dims,
    )


def chain(config, layer, how, seed=0):
    """A layer, one that shares words, one that does not, each with the input that is there.

    Loads, and per step its mapping and its output.
    """
    made = []
    first = Mapping(config, layer, **how)
    store = Store(base=first.tiling.act_words + 3, channels=layer.OC, count=layer.OC)
    step, y = random_step(first, seed, store=store)
    made.append((step, first, y))
    base, words = store.base, store.words(first.config, first.tiling.layer.P)
    deep = ConvLayer(
        N=layer.N, IC=layer.OC, OC=layer.OC, IX=layer.OX, IY=layer.OY, KX=1, KY=2,
        padding=(0, 1), groups=layer.OC, dims=layer.dims,
    )
    depthwise = Mapping(config, deep, dataflow="shared lines")
    if config.shares_words and depthwise.tiling.fits() and stores(depthwise):
        assert reads_stored(depthwise)
        store = Store(base=base + words, channels=layer.OC, count=layer.OC)
        step, y = random_step(
            depthwise, seed + 1, x=y, without=["act"], bases=Bases(act=base), store=store
        )
        made.append((step, depthwise, y))
        base, layer = store.base, deep
    last = Mapping(config, second_layer(layer))
    assert reads_stored(last)
    step, y = random_step(last, seed + 2, x=y, without=["act"], bases=Bases(act=base))
    return [*made, (step, last, y)]


def check(simulator, made):
    run = simulator.run([step for step, _, _ in made])
    for (step, mapping, y), words, cycles in zip(made, run.rows, run.step_cycles, strict=True):
        got = mapping.output_tensor(whole_rows(step.tiling, words))
        np.testing.assert_array_equal(got, y)
        assert cycles == step.cycles


@pytest.mark.parametrize(
    ("simulator", "array"),
    [(ModelSimulator, array) for array in ARRAYS]
    + [(AmaranthSimulator, array) for array in ARRAYS if array != "odd widths"]
    + [(VerilatorSimulator, array) for array in ("4x4x1", "odd widths")],
)
def test_the_next_layer_reads_them(simulator, array):
    config = ARRAYS[array]
    made, cases = [], 0
    for i, (layer, how) in enumerate(FIRST.values()):
        mapping = Mapping(config, layer, **how)
        if how.get("dataflow") and not (config.shares_words and mapping.tiling.fits()):
            continue
        if stores(mapping):
            made += chain(config, layer, how, i)
            cases += 1
    assert cases >= 3
    check(simulator(), made)


@pytest.mark.parametrize("simulator", [ModelSimulator, AmaranthSimulator])
def test_parts_of_one_output(simulator):
    """Two layers that give channels 0 to 7 and 8 to 10; a third reads them all."""
    config = ARRAYS["4x4x1"]
    made, parts = [], []
    base = 200
    for i, (first, count) in enumerate(((0, 8), (8, 3))):
        layer = replace(PLAIN, OC=count)
        store = Store(base=base, channels=11, first=first, count=count)
        step, y = random_step(Mapping(config, layer), i, store=store)
        made.append((step, Mapping(config, layer), y))
        parts.append(y)
    last = Mapping(config, second_layer(PLAIN))
    x = np.concatenate(parts, axis=1)
    step, y = random_step(last, 9, x=x, without=["act"], bases=Bases(act=base))
    check(simulator(), [*made, (step, last, y)])


def test_which_layers_can():
    config = ARRAYS["4x4x1"]
    assert stores(Mapping(config, PLAIN))
    assert stores(Mapping(config, PLAIN, fold="y"))
    assert not stores(Mapping(replace(config, store_results=False), PLAIN))
    # Three channels of a group are no whole words of two lanes.
    odd = ConvLayer(IC=6, OC=6, IX=3, IY=4, KX=1, KY=1, groups=2)
    assert not stores(Mapping(config, odd))
    assert reads_stored(Mapping(config, PLAIN))
    assert not reads_stored(Mapping(config, PLAIN, fold="y"))
    assert not reads_stored(Mapping(config, odd))
    assert reads_stored(Mapping(config, odd, merge=2))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"store_results": 2}, "store_results must be True or False, not 2"),
        ({"store_results": True, "post_lanes": 4, "pack_edges": True},
         "pack_edges must be False with store_results, not True"),
        ({"store_results": True}, "post_lanes must be at least 1 with store_results, not 0"),
        ({"store_results": True, "post_lanes": 3, "cols": 3, "lanes": 8},
         r"lanes must be 1, 2, 4, ... times post_lanes = 3 with store_results, not 8"),
        ({"store_results": True, "post_lanes": 2, "lanes": 6},
         r"lanes must be 1, 2, 4, ... times post_lanes = 2 with store_results, not 6"),
        ({"store_results": True, "post_lanes": 8, "lanes": 4},
         r"lanes must be 1, 2, 4, ... times post_lanes = 8 with store_results, not 4"),
    ],
)
def test_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        ArrayConfig(**parameters)


def test_more_words_than_the_register_counts():
    """A pixel of 32 words of one activation: a register of 5 bits would say that it has none."""
    config = ArrayConfig(rows=2, cols=1, lanes=4, size_bits=5, post_lanes=1, store_results=True)
    narrow, wide = (ConvLayer(IC=2, OC=channels, IY=3, KY=1, dims=1) for channels in (31, 32))
    assert stores(Mapping(config, narrow))
    assert not stores(Mapping(config, wide))
    assert stores(Mapping(replace(config, size_bits=6), wide))
    groups = replace(wide, IC=4, groups=2)  # each group's channels fit their register
    assert not stores(Mapping(config, groups))
    store = Store(base=100, channels=32, count=32)
    message = "^store_words, .*, must be from 0 to 31 in its register of 5 bits, not 32$"
    with pytest.raises(ValueError, match=message):
        random_step(Mapping(config, groups), 1, store=store)
