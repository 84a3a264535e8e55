"""What each slot of a small layer is to the blocks that serve it, by hand."""

import pytest
from amaranth.hdl import *
from benches import layer_word, play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import SlotRegister, slot_layout
from convolith.hw.layouts.registers import register_layout
from convolith.hw.sequencer.loopnest import LoopNest
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.packed.tiling import PackedTiling
from convolith.model.dataflow.shared.tiling import SharedTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

NOTHING = {"bias_words": 0, "sum_words": 0, "depthwise": False}


def slots_of(tiling, *names):
    """The named fields of every slot, from the first one on: a string of digits each."""
    config = tiling.config
    layer, start = Signal(register_layout(config)), Signal()
    m = Module()
    flows = dataflows(config, layer)
    m.submodules.nest = nest = LoopNest(config, layer, start, C(1), flows)
    m.submodules.slot = register = SlotRegister(config, nest, flows)
    word = layer_word(tiling)
    cycles = 12 + tiling.tiles * tiling.tile_cycles
    rows = [(word, cycle == 0) for cycle in range(cycles)]
    seen = play(m, (layer.as_value(), start), rows, [register.slot[name] for name in
                                                     ("active", *names)])
    active = [values for on, *values in seen if on]
    assert len(active) == tiling.tiles * tiling.tile_cycles
    return ["".join(map(str, values)) for values in zip(*active, strict=True)]


def test_a_plain_layer():
    """3 pixels on 2 rows, 2 channels, 2 taps: tiles of 2 steps of 2 slots, the second one half."""
    config = ArrayConfig(rows=2, cols=1, **NOTHING)
    tiling = DenseTiling(config, ConvLayer(IC=1, OC=2, IY=4, KY=2, dims=1))
    names = ("first", "step_start", "row", "first_step", "walk", "restart", "weights", "tile_end",
             "oc_end", "last_walk")
    found = dict(zip(names, slots_of(tiling, *names), strict=True))
    by_tiles = {  # oc_tile 0 with pixels 0 and 1, and with pixel 2; oc_tile 1 likewise
        "first":      "1000 1000 1000 1000",
        "step_start": "1010 1010 1010 1010",
        "row":        "0101 0101 0101 0101",
        "first_step": "1100 1100 1100 1100",
        "walk":       "1100 1100 1100 1100",
        "restart":    "0000 0100 0000 0100",
        "weights":    "1111 1111 1111 1111",
        "tile_end":   "0001 0001 0001 0001",
        "oc_end":     "0000 1111 0000 1111",
        "last_walk":  "0000 0000 1111 1111",
    }
    assert found == {name: bits.replace(" ", "") for name, bits in by_tiles.items()}


def test_packed_tiles():
    """3 pixels of 2 passes on 2 rows: the second of 3 tiles has a row of each pass."""
    config = ArrayConfig(rows=2, cols=1, pack_edges=True, **NOTHING)
    tiling = PackedTiling(config, ConvLayer(IC=1, OC=2, IY=3, KY=1, dims=1))
    assert tiling.tiles == 3
    crosses, both, walked, oc_end = slots_of(tiling, "crosses", "both", "walked", "oc_end")
    assert crosses == "001100"
    assert both == "000000"
    assert walked == "010101"
    assert oc_end == "001111"


def test_words_that_rows_share():
    """One row of two outputs, a kernel of two: a line of three words, two of them with weights."""
    config = ArrayConfig(rows=2, cols=2, bias_words=0, sum_words=0)
    tiling = SharedTiling(config, ConvLayer(IC=2, OC=2, IY=3, KY=2, groups=2, dims=1))
    assert (tiling.tiles, tiling.tile_cycles, tiling.patch) == (1, 3, (1, 2))
    names = ("first", "row", "walk", "weights", "tile_end", "next")
    found = dict(zip(names, slots_of(tiling, *names), strict=True))
    assert found == {
        "first": "100", "row": "000", "walk": "100", "weights": "110", "tile_end": "010",
        "next": "111",
    }


@pytest.mark.parametrize(
    ("options", "more"),
    [
        (NOTHING, set()),
        ({**NOTHING, "depthwise": True}, {"next"}),
        ({**NOTHING, "pack_edges": True}, {"crosses", "both", "walked"}),
        ({"pack_edges": True}, {"next", "crosses", "both", "walked"}),
    ],
)
def test_a_dataflow_adds_its_own_fields(options, more):
    config = ArrayConfig(**options)
    flows = dataflows(config, Signal(register_layout(config)))
    plain = {name for name, _ in slot_layout(config)}
    assert {name for name, _ in slot_layout(config, flows)} - plain == more
