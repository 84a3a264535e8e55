"""The loop nest against nested Python loops, cycle by cycle."""

from itertools import product
from math import prod
from random import Random

import pytest
from amaranth.hdl import *
from benches import layer_word, play
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.sequencer.loopnest import LoopNest
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

IDLE = (0, 0, 0)


def observed(config, rows):
    """Per cycle busy, take, active, and what a slot is; rows of (layer, start, room)."""
    layer, start, room = Signal(register_layout(config)), Signal(), Signal()
    nest = LoopNest(config, layer, start, room, dataflows(config, layer))
    outputs = (
        nest.busy, nest.take, nest.active, nest.slot, nest.first_step, nest.last_step,
        nest.last_px, nest.last_oc, nest.last_g, *nest.wrap,
    )
    seen = play(nest, (layer.as_value(), start, room), rows, outputs)
    # Without a slot only this is promised, and that no loop wraps.
    return [row if row[2] else row[:3] + row[9:] for row in seen]


def slots_of_tile(is_last_tile, shape, slots):
    """What each of a tile's slots is; ``is_last_tile``: for px, oc, g."""
    taps = [*product(*map(range, shape))]  # ic, kx, ky
    for step, tap in enumerate(taps):
        last_ic, last_kx, last_ky = (i == n - 1 for i, n in zip(tap, shape, strict=True))
        for slot in range(slots):
            # A loop's round ends when the loops inside are all in their last round.
            inside = (slot == slots - 1, last_ky, last_kx, last_ic, *is_last_tile[:2])
            wrap = [all(inside[: i + 1]) for i in range(6)]
            yield slot, step == 0, step == len(taps) - 1, *is_last_tile, *wrap


def expected_cycles(counts, slots, room):
    """From the cycle of ``start`` to the last slot; ``counts``: g, oc, px, ic, kx, ky."""
    taken = room[0]
    cycles = [(0, taken, 0) + (0,) * 6]
    tiles = [*product(*map(range, counts[:3]))]
    for tile in tiles:
        while not taken:
            taken = room[len(cycles)]
            cycles.append((1, taken, 0) + (0,) * 6)
        is_last = [i == n - 1 for i, n in zip(tile, counts[:3], strict=True)][::-1]
        for what in slots_of_tile(is_last, counts[3:], slots):
            # A tile's last slot takes the room of the next tile.
            taken = what[3 + 3 + 3] and not all(is_last) and room[len(cycles)]
            cycles.append((1, taken, 1, *what))
    return cycles


def tiling_of(config, counts):
    """A layer that has just these counts on this array."""
    g, oc, px, ic, kx, ky = counts
    layer = ConvLayer(
        IC=g * ic * config.lanes, OC=g * oc * config.cols, groups=g,
        IX=kx, KX=kx, IY=px * config.rows + ky - 1, KY=ky,
    )
    return DenseTiling(config, layer)


def test_by_hand():
    # Two tiles of two taps, S = 1: first slot in the cycle after `start`, no bubble, then idle.
    config = ArrayConfig(rows=1, cols=1)
    word = layer_word(DenseTiling(config, ConvLayer.from_shapes((1, 1, 3), (1, 1, 2))))
    rows = [(word, t == 0, 1) for t in range(8)]
    # busy, take, active; slot; first_step, last_step; last_px, _oc, _g; wrap ky, kx, ic, px, oc, g
    assert observed(config, rows) == [
        (0, 1, 0, 0, 0, 0, 0, 0, 0),
        (1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0),
        (1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0),
        (1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0),
        (1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        *[(0, 0, 0, 0, 0, 0, 0, 0, 0)] * 3,
    ]


COUNTS = st.tuples(*[st.integers(1, 3)] * 6).filter(lambda counts: prod(counts) <= 48)


@pytest.mark.parametrize("rooms", ["always", "sometimes"])
@pytest.mark.parametrize(("rows", "lanes"), [(1, 1), (2, 1), (3, 5), (4, 4)])
@settings(max_examples=8)
@given(layers=st.lists(COUNTS, min_size=2, max_size=2))
def test_against_loops(layers, rows, lanes, rooms):
    # Two layers, the second as soon as the first is no longer busy.
    config = ArrayConfig(rows=rows, cols=2, lanes=lanes)
    random = Random(prod(map(prod, layers)))
    table, expected = [], []
    for counts in layers:
        room = [rooms == "always" or random.random() < 0.4 for _ in range(2000)]
        cycles = expected_cycles(counts, config.slots, room)
        word = layer_word(tiling_of(config, counts))
        table += [(word, t == 0, room[t]) for t in range(len(cycles))]
        expected += cycles
    table += [(word, 0, 1)] * 5
    expected += [IDLE + (0,) * 6] * 5
    assert observed(config, table) == expected
