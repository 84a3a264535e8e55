"""The walk over the output pixels against nested loops."""

from itertools import pairwise, product
from random import Random

import numpy as np
from amaranth.hdl import *
from benches import AT_LIMIT, layer_word, play
from drawing import configs, layers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.fetch.walker import PixelWalker
from convolith.hw.layouts.registers import register_layout
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.packed.tiling import PackedTiling
from convolith.model.dataflow.paired.tiling import PairedTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

NONE = (0, 0)  # valid, final
DEEP = ConvLayer(N=2, IC=11, OC=3, IX=1, IY=2, KX=1, KY=1)  # a pixel has several words
FEW = ConvLayer(IC=1, OC=3, IX=1, IY=2, KX=1, KY=1, groups=1)  # two pixels: a tile has two passes


def walk(config, rows):
    """Per cycle valid, final, and of a valid pixel x, y, base, bank, wrap; rows as ``inputs``."""
    layer = Signal(register_layout(config))
    flows, start = dataflows(config, layer), Signal()
    slot = Signal(slot_layout(config, flows))
    walker = PixelWalker(config, layer, start=start, slot=slot, flows=flows)
    walked = slot.walked if config.pack_edges else Signal()
    inputs = (start, slot.walk, slot.restart, slot.next_group, slot.last_walk, walked)
    pixel = walker.pixel
    odd = pixel.odd if config.pack_edges else C(0)
    outputs = (pixel.valid, pixel.final, pixel.x, pixel.y, pixel.base, odd, *walker.wrap)
    seen = play(walker, (layer.as_value(), *inputs), [*rows, rows[-1]], outputs)
    # The pixel comes one cycle after its `advance`.
    seen = [(*now[:6], *before[6:]) for before, now in pairwise(seen)]
    return [row if row[0] else row[:2] for row in seen]


def pixels_of(tiling, group, base, odd):
    """x, y, address of each output pixel's first tap, bank, and the ends of the loops oy, ox, n.

    Twice, where two rows share an output: of the second one's first word.
    """
    layer, wrap = tiling.layer, 1 << tiling.config.size_bits
    for n, ox, oy in np.ndindex(layer.N, layer.OX, layer.OY):
        x = ox * layer.stride[0] - layer.padding[0]
        y = oy * layer.stride[1] - layer.padding[1]
        place = ((n * layer.IX + x) * layer.IY + y) * layer.groups + group
        address = base + place * tiling.ic_blocks
        ends = (1, oy == layer.OY - 1, oy == layer.OY - 1 and ox == layer.OX - 1)
        last_block = tiling.ic_blocks - tiling.row_blocks
        twice = tiling.halves_words
        for second in (0, 1) if twice else (0,):
            place = (address + second * last_block) % (1 << tiling.config.addr_bits)
            row = x % wrap, y % wrap, place, second if twice else odd
            yield row, ends if second or not twice else (0,) * 3


def test_by_hand():
    # 3x3 input at word 50, 2x2 kernel, stride 2, padding 1: windows begin at -1 and 1. Four pixels,
    # three rows: two rows of the second tile are left over. Then the walk starts over.
    config = ArrayConfig(rows=3, cols=1)
    last = (1 << config.size_bits) - 1  # stands for -1
    layer = ConvLayer(IC=1, OC=2, IX=3, IY=3, KX=2, KY=2, stride=(2, 2), padding=(1, 1))
    word = layer_word(DenseTiling(config, layer), act_base=50)
    rows = [(word, 1, 0, 0, 0, 0, 0)]
    rows += [(word, 0, 1, t in (5, 11), 0, t > 5, t % 3 == 2) for t in range(12)]
    assert walk(config, rows)[1:] == [
        (1, 0, last, last, 46, 0, 1, 0, 0),
        (1, 0, last, 1, 48, 0, 1, 1, 0),
        (1, 0, 1, last, 52, 0, 1, 0, 0),
        (1, 0, 1, 1, 54, 0, 1, 1, 1),
        NONE,
        NONE,
        (1, 0, last, last, 46, 0, 1, 0, 0),
        (1, 0, last, 1, 48, 0, 1, 1, 0),
        (1, 0, 1, last, 52, 0, 1, 0, 0),
        (1, 1, 1, 1, 54, 0, 1, 1, 1),
        NONE,
        NONE,
    ]


def walk_of_layer(tiling, base, random):
    """Inputs from ``start`` to the last pixel, and what is expected a cycle after the first."""
    layer, bit = tiling.layer, lambda: random.randint(0, 1)
    packed = tiling.label == "packed tiles"
    passes = [
        [*pixels_of(tiling, group, base, odd=i % 2 if tiling.config.pack_edges else 0)]
        for i, (group, _) in enumerate(product(range(layer.groups), range(tiling.oc_tiles)))
    ]
    word = layer_word(tiling, act_base=base)
    rows, expected = [(word, 1, 0, 0, bit(), bit(), 0)], []
    count = len(passes[0])
    # The tiles of all passes, or a pass's at a time, from its first row on.
    walks = [[tiling.outputs(tile) for tile in range(tiling.tiles)]] if packed else [
        [[(i, row) for row in range(first, min(first + tiling.config.rows, count))]
         for first in range(0, count, tiling.config.rows)] for i in range(len(passes))
    ]
    for i, (tile, last) in (
        (i, (tile, tile is tiles[-1])) for i, tiles in enumerate(walks) for tile in tiles
    ):
        last_oc, last_sums = (i + 1) % tiling.oc_tiles == 0, i == len(passes) - 1
        for row in range(tiling.config.rows):
            end = row == tiling.config.rows - 1
            for advance in [0] * random.choice((0, 0, 2)) + [1]:
                # The layer's last walk may as well end by the next layer's start.
                restart = advance and end and last and (not (packed or last_sums) or bit())
                next_group = last_oc if restart and not packed else bit()
                flags = (bit() if packed else last_sums, advance and end)
                rows.append((word, 0, advance, restart, next_group, *flags))
                if row < len(tile):
                    one, pixel = tile[row]
                    place, ends = passes[one][pixel]
                    final = (one, pixel) == (len(passes) - 1, count - 1)
                    expected.append((1, final, *place, *(advance and e for e in ends)))
                else:
                    expected.append(NONE)
    return rows, expected


@settings(max_examples=60)
@example(**AT_LIMIT, kinds=[DenseTiling, DenseTiling])
@example(ArrayConfig(rows=5, cols=1, pack_edges=True), [FEW, FEW], [PackedTiling, PackedTiling])
@example(ArrayConfig(rows=6, cols=1, pack_edges=True), [DEEP, DEEP], [PairedTiling, DenseTiling])
@given(
    config=configs(), two=st.lists(layers(max_macs=1500), min_size=2, max_size=2),
    kinds=st.lists(
        st.sampled_from([DenseTiling, PackedTiling, PairedTiling]), min_size=2, max_size=2
    ),
)
def test_against_loops(config, two, kinds):
    random = Random(two[0].macs)
    rows, expected = [], []
    for layer, kind in zip(two, kinds, strict=True):
        tiling = kind(config, layer)
        if not tiling.fits():
            tiling = DenseTiling(config, layer)
        base = random.randrange((1 << config.addr_bits) - tiling.act_words + 1)
        more_rows, more = walk_of_layer(tiling, base, random)
        rows += more_rows
        expected += [None, *more]  # while a layer starts nobody looks
    seen = walk(config, rows)
    assert [s for s, e in zip(seen, expected, strict=True) if e] == [e for e in expected if e]
