"""The loop variables in the waveform: the nest, cycle by cycle, as PE (0, 0) adds."""

from types import SimpleNamespace

import numpy as np
import pytest
from amaranth.hdl import *
from benches import play
from drawing import random_ints
from steps import step_of

from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.debug.observer import Observer, loop_variables
from convolith.hw.layouts.registers import register_layout
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.program import Step
from convolith.model.dataflow.cycles import OPERANDS, array_latency, cycles
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.layout import act_words
from convolith.model.dataflow.trace import trace
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.layers.plain.convolution import Convolution

CASES = [
    (ArrayConfig(rows=1, cols=1), ((1, 2, 6), (2, 2, 3)), {}),
    (ArrayConfig(rows=3, cols=2), ((2, 4, 3, 4), (6, 2, 2, 2)), {"groups": 2, "padding": 1}),
    (ArrayConfig(rows=4, cols=2, lanes=2), ((1, 5, 3, 3), (3, 5, 2, 1)), {"stride": 2}),
    (ArrayConfig(rows=2, cols=2, dot=2, lanes=8), ((2, 9, 5), (4, 9, 2)), {"dilation": 2}),
    # Many more slots than beats.
    (ArrayConfig(rows=16, cols=1, lanes=2), ((1, 3, 3, 3), (3, 1, 1, 1)), {"groups": 3}),
    (ArrayConfig(rows=5, cols=2, dot=2, lanes=2), ((1, 4, 7), (2, 4, 2)), {}),
]


def nest(tiling):
    """(tile, n, oc, ox, oy, ic, kx, ky) of PE (0, 0)'s beats, in order, 1D named as in the wave."""
    config, layer = tiling.config, tiling.layer
    used = min(config.lanes, layer.group_IC) if config.shares_words else config.lanes
    pixels = list(np.ndindex(layer.N, layer.OX, layer.OY))
    tile = 0
    for g, oc_tile, px_tile in np.ndindex(layer.groups, tiling.oc_tiles, tiling.px_tiles):
        n, ox, oy = pixels[px_tile * config.rows]
        oc = g * layer.group_OC + oc_tile * config.cols
        for block, kx, ky in np.ndindex(tiling.ic_blocks, layer.KX, layer.KY):
            for lane in range(0, used, config.dot):
                ic = block * config.lanes + lane
                if layer.dims == 1:
                    yield tile, n, oc, oy, 0, ic, ky, 0
                else:
                    yield tile, n, oc, ox, oy, ic, kx, ky
        tile += 1


DEPTHWISE = [
    (ArrayConfig(rows=4, cols=3), ((2, 5, 5, 4), (5, 1, 3, 3)), {"padding": 1, "groups": 5}),
    (ArrayConfig(rows=6, cols=2), ((1, 9, 6, 7), (18, 1, 3, 2)), {"stride": 2, "groups": 9}),
    (
        ArrayConfig(rows=4, cols=2, dot=2),
        ((1, 9, 7, 6), (9, 1, 2, 3)),
        {"dilation": (1, 2), "groups": 9},
    ),
    (
        ArrayConfig(rows=3, cols=4),
        ((1, 4, 11), (4, 1, 3)),
        {"padding": 2, "stride": 3, "dilation": 2, "groups": 4},
    ),
]


def shared_nest(tiling):
    """The same of a layer that shares words."""
    layer, config = tiling.layer, tiling.config
    tile = 0
    for block, m, part in np.ndindex(tiling.pixel_words, tiling.multiplier, tiling.parts):
        channel = block * config.lanes + part * config.part_lanes
        for n, px, py in np.ndindex(layer.N, *tiling.patches):
            ox, oy = px * tiling.patch[0], py * tiling.patch[1]
            for _, (kx, ky) in tiling.taps():
                oc = channel * layer.group_OC + m
                if layer.dims == 1:
                    yield tile, n, oc, oy, 0, 0, ky, 0
                else:
                    yield tile, n, oc, ox, oy, 0, kx, ky
            tile += 1


def test_cycles_go_on_from_piece_to_piece():
    # Input channels are split: sums that are kept, and sums that leave.
    config = ArrayConfig(rows=2, cols=2, weight_words=6, sum_words=16)
    x, w = random_ints(1, (1, 8, 9), 8), random_ints(2, (3, 8, 3), 8)
    convolution = Convolution.prepare(config, x, w)
    program = convolution.program
    assert {step.registers["keep_sums"] for step in program} == {0, 1}
    seen = AmaranthSimulator().run_traced(program, lambda core: [core.observer.cycle])
    assert seen[:, 0].tolist() == list(range(1, convolution.schedule.cycles + 1))


@pytest.mark.parametrize(("config", "shapes", "arguments"), DEPTHWISE)
@pytest.mark.parametrize("shares", ["shared", "shared lines"])
def test_the_nest_of_shared_words(config, shapes, arguments, shares):
    layer = ConvLayer.from_shapes(*shapes, **arguments)
    mapping = Mapping(config, layer, dataflow=shares)
    x, w = random_ints(1, layer.x_shape, 8), random_ints(2, layer.w_shape, 8)
    step = step_of(mapping, x, w)
    names = ["mac", *loop_variables(config)]
    seen = AmaranthSimulator().run_traced(
        [step], lambda core: [getattr(core.observer, name) for name in names]
    )
    adds = seen[:, 0] == 1
    # Phases with fewer taps go on with weights of zero.
    kernel = (layer.KX, layer.KY) if layer.dims == 2 else (layer.KY, 1)
    inside = adds & (seen[:, -2] < kernel[0]) & (seen[:, -1] < kernel[1])
    assert [tuple(row) for row in seen[inside, 1:]] == list(shared_nest(mapping.tiling))
    sums = trace(mapping.tiling, x, w)[:, 0, 0]
    changes = np.flatnonzero(np.diff(sums)) + 1
    first = np.flatnonzero(np.diff(seen[:, 1], prepend=-1))  # a tile's first word clears the sum
    assert set(changes) <= set(np.flatnonzero(inside) + 1) | set(first + 1)
    assert len(changes)


@pytest.mark.parametrize(("config", "shapes", "arguments"), CASES)
def test_the_nest_where_the_sums_are(config, shapes, arguments):
    tiling = DenseTiling(config, ConvLayer.from_shapes(*shapes, **arguments))
    x, w = random_ints(1, tiling.layer.x_shape, 8), random_ints(2, tiling.layer.w_shape, 8)
    step = Step.of(tiling, {"act": act_words(tiling, x), **tiling.in_banks(tiling.lay_weight(w))})
    names = ["mac", *loop_variables(config), "cycle"]
    seen = AmaranthSimulator().run_traced(
        [step], lambda core: [getattr(core.observer, name) for name in names]
    )
    adds = seen[:, 0] == 1
    assert [tuple(row) for row in seen[adds, 1:-1]] == list(nest(tiling))
    assert seen[:, -1].tolist() == list(range(1, cycles(tiling) + 1))
    # PE (0, 0)'s sum changes only in these cycles.
    sums = trace(tiling, x, w)[:, 0, 0]
    changes = np.flatnonzero(np.diff(sums)) + 1
    assert set(changes) <= set(np.flatnonzero(adds) + 1)
    assert len(changes)


def test_by_hand():
    """One PE, two channels of a word, a kernel of 1x2, two pixels along y: eight products."""
    config = ArrayConfig(rows=1, cols=1, lanes=2, depthwise=False)
    layer, start, end = Signal(register_layout(config)), Signal(), Signal()
    slot = Signal(slot_layout(config))
    walker = SimpleNamespace(wrap=Signal(3), restarts=Signal())
    dut = Observer(config, layer, start=start, slot=slot, walker=walker, end=end)
    # In this order: a slot, its tile's first, the walker's oy goes on, which loops end (ky lowest),
    # weights.
    step, tile = 0b000001, 0b001111  # a step ends; so do its tile and all loops within it
    slots = [
        (1, 1, 1, 0), (1, 0, 0, step), (1, 0, 0, 0), (1, 0, 0, tile),
        (1, 1, 0, 0), (1, 0, 0, step), (1, 0, 0, 0), (1, 0, 0, tile),
    ]
    later = OPERANDS + array_latency(config)
    idle = (0, 0, 0, 0, 0)
    rows = [(1, 0, *idle)] + [(0, 0, *one, one[0]) for one in slots] + [(0, 0, *idle)] * later
    inputs = (start, end, slot.active, slot.first, walker.wrap, slot.wrap, slot.weights)
    names = ("mac", "tile", "n", "oc", "ox", "oy", "ic", "kx", "ky")
    seen = play(dut, inputs, rows, [getattr(dut, name) for name in names])
    assert not any(row[0] for row in seen[: 1 + later])
    assert seen[1 + later :] == [
        (1, 0, 0, 0, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0, 1, 0, 0),
        (1, 0, 0, 0, 0, 0, 0, 0, 1), (1, 0, 0, 0, 0, 0, 1, 0, 1),
        (1, 1, 0, 0, 0, 1, 0, 0, 0), (1, 1, 0, 0, 0, 1, 1, 0, 0),
        (1, 1, 0, 0, 0, 1, 0, 0, 1), (1, 1, 0, 0, 0, 1, 1, 0, 1),
    ]


def test_cycles_by_hand():
    """They count from a layer's start to its last row, and stand still between two layers."""
    config = ArrayConfig(rows=1, cols=1, depthwise=False)
    layer, start, end = Signal(register_layout(config)), Signal(), Signal()
    walker = SimpleNamespace(wrap=Signal(3), restarts=Signal())
    dut = Observer(
        config, layer, start=start, slot=Signal(slot_layout(config)), walker=walker, end=end
    )
    rows = [(0, 0), (1, 0), (0, 0), (0, 1), (0, 0), (0, 0), (1, 0), (0, 0)]
    seen = play(dut, (start, end), rows, (dut.cycle,))
    assert [cycle for (cycle,) in seen] == [0, 1, 2, 3, 3, 3, 4, 5]
