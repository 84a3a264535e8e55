"""The core: no bubble, backpressure, layers back to back, a reset in mid-layer."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator
from core_bench import CoreBench, Work, generators, run_exactly
from drawing import configs, layers
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith.hw.core import Core
from convolith.model.compile.candidates import mappings
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow import cycles
from convolith.model.dataflow.stored import Store
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.quantization.output import Output

SHAPES = [(1, 1, 1), (1, 8, 1), (8, 1, 2), (3, 5, 1), (3, 2, 4), (1, 1, 4), (16, 1, 1), (16, 1, 4)]


def check(work: Work, *, stalled: bool = False) -> None:
    assert np.array_equal(work.got, work.expected)
    model = cycles.cycles(work.tiling)
    assert work.cycles >= model if stalled else work.cycles == model


@pytest.mark.parametrize(
    ("rows", "cols", "dot", "taps"),
    [(*shape, 1) for shape in (*SHAPES, (8, 8, 4), (16, 16, 1))]
    + [(1, 1, 1, 3), (8, 1, 2, 3), (3, 5, 1, 3), (3, 2, 4, 3)],
)
def test_no_bubble(rows, cols, dot, taps):
    # Full tiles only; with one tap and one word per pixel a tile is as short as can be: S cycles.
    config = ArrayConfig(rows=rows, cols=cols, dot=dot)
    pixels = rows * max(6, 40 // rows // taps)
    lanes = config.lanes
    layer = ConvLayer.from_shapes((1, lanes, pixels + taps - 1), (2 * cols, lanes, taps))
    (work,) = CoreBench([Work.random(config, layer)]).run()
    check(work)
    tiling = work.tiling
    assert work.cycles - cycles.fill(tiling) == tiling.tiles * tiling.steps * config.slots
    assert tiling.tiles * tiling.steps * config.slots == layer.macs / config.multipliers


@pytest.mark.parametrize(("rows", "cols", "dot"), [(1, 1, 1), (3, 2, 1), (16, 1, 1), (3, 1, 4)])
def test_utilization_where_the_fill_is_small(rows, cols, dot):
    config = ArrayConfig(rows=rows, cols=cols, dot=dot, weight_words=8192)
    taps = 7
    fill = cycles.fill(Work.random(config, ConvLayer(IC=config.lanes, OC=1, IY=rows, KY=1)).tiling)
    tiles = -(-100 * fill // (taps * config.slots))
    lanes = config.lanes
    layer = ConvLayer.from_shapes((1, lanes, rows * tiles + taps - 1), (cols, lanes, taps))
    (work,) = CoreBench([Work.random(config, layer)]).run()
    check(work)
    assert work.cycles - fill >= 100 * fill
    assert cycles.utilization(work.tiling, work.cycles) >= 0.99


@pytest.mark.parametrize(
    ("rows", "cols", "dot", "extras", "idle", "stall"),
    [(*shape, True, False, False) for shape in SHAPES]
    + [(*shape, True, True, True) for shape in SHAPES[::2]]
    + [(*shape, False, False, False) for shape in SHAPES[1::2]],
)
def test_layers_back_to_back(rows, cols, dot, idle, stall, extras):
    without = {} if extras else {"bias_words": 0, "sum_words": 0, "depthwise": False}
    config = ArrayConfig(rows=rows, cols=cols, dot=dot, lanes=max(4, rows) * dot, **without)
    shapes = [
        ((1, 5, 9), (3, 5, 2), {"padding": 1}),
        ((2, 4, 3, 4), (6, 2, 2, 2), {"groups": 2, "stride": (1, 2), "padding": 1}),
        ((1, config.lanes, 3), (1, config.lanes, 1), {}),
    ]
    works, act_base, weight_base = [], 3, 5
    bias_base = 2
    for seed, (x, w, arguments) in enumerate(shapes):
        mapping = Mapping(config, ConvLayer.from_shapes(x, w, **arguments))
        work = Work.mapped(
            mapping, seed, biased=extras and seed != 1,
            act_base=act_base, weight_base=weight_base, bias_base=bias_base,
        )
        act_base += work.tiling.act_words
        weight_base += work.tiling.weight_words
        bias_base += work.tiling.bias_words
        works.append(work)
    works = CoreBench(works, **generators(idle, stall)).run()
    for work in works:
        check(work, stalled=stall)
    if not (idle or stall):
        # The next layer starts while the last sums of the one before are on their way out; or, if
        # these still need its registers, right after them.
        after = works[1].accepted - works[0].taken[-1][0]
        assert after < 0 if not extras else after <= 2 + rows


@pytest.mark.parametrize(
    ("rows", "cols", "dot", "idle", "stall"),
    [(4, 2, 1, False, False), (4, 3, 2, False, False), (6, 2, 3, False, False),
     (3, 4, 1, False, False), (4, 3, 2, True, True), (3, 4, 1, True, True)],
)
def test_all_kinds_of_layers_back_to_back(rows, cols, dot, idle, stall):
    """Depthwise ones by patches and by lines, plain ones, and parts whose sums stay here."""
    config = ArrayConfig(rows=rows, cols=cols, dot=dot)
    images = ConvLayer.from_shapes((2, 5, 5, 4), (5, 1, 3, 3), padding=1, groups=5)
    strided = ConvLayer.from_shapes((1, 3, 13), (6, 1, 3), stride=2, dilation=3, groups=3)
    plain = ConvLayer.from_shapes((1, 5, 3, 4), (3, 5, 2, 2), padding=1)
    part = ConvLayer.from_shapes((1, 4, 3, 3), (5, 4, 2, 2))
    works, bases = [], dict.fromkeys(("act", "weight", "bias"), 1)
    kept = None
    for seed, (layer, name, biased, keeps) in enumerate([
        (images, "shared", True, False), (images, "shared lines", False, False),
        (plain, "dense", True, False), (part, "dense", True, True), (part, "dense", False, True),
        (part, "dense", False, False), (strided, "shared lines", True, False),
        (plain, "dense", False, False), (images, "shared", False, False),
    ]):
        mapping = Mapping(config, layer, dataflow=name)
        assert mapping.tiling.fits()
        more = {f"{memory}_base": base for memory, base in bases.items()}
        work = Work.mapped(mapping, seed, biased=biased, keeps=keeps, after=kept, **more)
        for memory in bases:
            bases[memory] += getattr(work.tiling, f"{memory}_words")
        works.append(work)
        kept = work if keeps else None
    for work in CoreBench(works, **generators(idle, stall)).run():
        if not work.keeps:
            check(work, stalled=stall)


@pytest.mark.parametrize(
    ("rows", "cols", "dot"), [(4, 2, 1), (4, 3, 2), (6, 2, 3), (3, 4, 1)]
)
def test_layers_with_shared_words_and_without_back_to_back_without_an_adder(rows, cols, dot):
    """The rows of shared words use the layer's registers until the last one is done."""
    config = ArrayConfig(rows=rows, cols=cols, dot=dot, bias_words=0, sum_words=0)
    images = ConvLayer.from_shapes((2, 5, 5, 4), (5, 1, 3, 3), padding=1, groups=5)
    strided = ConvLayer.from_shapes((1, 3, 13), (6, 1, 3), stride=2, dilation=3, groups=3)
    plain = ConvLayer.from_shapes((1, 5, 3, 4), (3, 5, 2, 2), padding=1)
    works, bases = [], dict.fromkeys(("act", "weight"), 1)
    for seed, (layer, name) in enumerate([
        (images, "shared"), (plain, "dense"), (strided, "shared lines"), (plain, "dense"),
        (images, "shared lines"), (images, "shared"), (plain, "dense"),
    ]):
        mapping = Mapping(config, layer, dataflow=name)
        assert mapping.tiling.fits()
        more = {f"{memory}_base": base for memory, base in bases.items()}
        works.append(Work.mapped(mapping, seed, **more))
        for memory in bases:
            bases[memory] += getattr(works[-1].tiling, f"{memory}_words")
    run_exactly(works)


@pytest.mark.parametrize(
    ("rows", "cols", "dot", "reset_after"),
    [(3, 2, 2, cycle) for cycle in (0, 1, 2, 5, 9, 14, 23, 40, 77)]
    + [(1, 2, 1, cycle) for cycle in (1, 9, 40)]
    + [(5, 1, 1, cycle) for cycle in (2, 14, 23)],
)
def test_reset_leaves_nothing_behind(rows, cols, dot, reset_after):
    config = ArrayConfig(rows=rows, cols=cols, dot=dot)
    layer = ConvLayer.from_shapes((1, 7, 4, 4), (5, 7, 2, 2), padding=1)
    (work,) = CoreBench([Work.random(config, layer, biased=True)], reset_after=reset_after).run()
    check(work)


@pytest.mark.parametrize("reset_after", [0, 2, 7, 15, 31, 60])
@pytest.mark.parametrize("shares", ["shared", "shared lines"])
def test_nor_among_shared_words(shares, reset_after):
    layer = ConvLayer.from_shapes((1, 3, 6, 5), (3, 1, 3, 3), groups=3, stride=(1, 2))
    mapping = Mapping(ArrayConfig(rows=4, cols=3, dot=2), layer, dataflow=shares)
    (work,) = CoreBench([Work.mapped(mapping, biased=True)], reset_after=reset_after).run()
    check(work)


def test_results_are_stored_in_their_place_if_the_next_layer_starts_at_once():
    """The last patch has one output, right behind the one before, and the next layer waits.

    Its first address was then a step of a patch behind the last one of the layer before.
    """
    config = ArrayConfig(rows=3, cols=1, lanes=1, post_lanes=1, store_results=True)
    layer = ConvLayer(IC=1, OC=1, IX=1, IY=4, KX=1, KY=1)
    tiling = Mapping(config, layer, dataflow="shared lines").tiling
    bases = [100, 200]
    core, addresses = Core(config), []

    async def watch(ctx):
        async for _, _, en, address in ctx.tick().sample(core.store.en, core.store.address):
            if en:
                addresses.append(address)

    async def offer(ctx):
        ctx.set(core.results.ready, 1)
        for base in bases:
            store = Store(base=base, channels=1, count=1)
            values = layer_registers(tiling, output=Output(zero_point=0), store=store, add_bias=1)
            ctx.set(core.i_layer.payload, values)
            ctx.set(core.i_layer.valid, 1)
            await ctx.tick().until(core.i_layer.ready)
        ctx.set(core.i_layer.valid, 0)
        await ctx.tick().repeat(80)

    simulator = Simulator(core)
    simulator.add_clock(1e-8)
    simulator.add_testbench(watch, background=True)
    simulator.add_testbench(offer)
    simulator.run()
    assert addresses == [base + y for base in bases for y in range(4)]


def test_rows_without_a_pixel_give_their_room_back():
    # Three of eight rows of every other tile stay empty: far more than the output FIFO has room.
    config = ArrayConfig(rows=4, cols=1)
    layer = ConvLayer.from_shapes((1, 4, 5), (70, 4, 1))
    (work,) = CoreBench([Work.random(config, layer)]).run()
    assert 70 * 3 > 2 * cycles.output_rows(config)
    check(work)


@settings(max_examples=30)
@given(config=configs(), layer=layers(max_macs=1500), seed=st.integers(0, 999), data=st.data())
def test_backpressure(config, layer, seed, data):
    if data.draw(st.booleans()):  # depthwise
        layer = replace(layer, IC=layer.OC, groups=layer.OC)
    mapping = data.draw(st.sampled_from(list(mappings(config, layer))))
    biased = data.draw(st.booleans()) and mapping.tiling.bias_words <= config.bias_words
    work = Work.mapped(mapping, seed, biased=biased)
    check(CoreBench([work], **generators(True, True, seed)).run()[0], stalled=True)
