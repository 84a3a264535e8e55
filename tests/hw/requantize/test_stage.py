"""Layers whose sums are requantized on the way out: results and cycles, in every simulator."""

import random

import numpy as np
import pytest
from amaranth.sim import Simulator
from post_steps import random_step

from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow.post_rows import whole_rows
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.interpreted.bench import Bench
from convolith.sim.engines.model import ModelSimulator

PLAIN = ConvLayer(N=2, IC=5, OC=11, IX=4, IY=5, KX=3, KY=2, padding=(1, 1))
FEW = ConvLayer(IC=2, OC=7, IX=4, IY=6, KX=1, KY=1)
GROUPS = ConvLayer(IC=6, OC=9, IX=3, IY=4, KX=2, KY=2, groups=3)
LINE = ConvLayer(N=2, IC=3, OC=4, IY=11, KY=3, stride=(1, 2), dims=1)
DEPTHWISE = ConvLayer(N=2, IC=9, OC=9, IX=5, IY=7, KX=3, KY=3, padding=(1, 1), groups=9)
TWICE = ConvLayer(IC=3, OC=6, IX=4, IY=7, KX=2, KY=3, groups=3)

CASES = {
    "plain": (PLAIN, {}),
    "1x1": (FEW, {}),
    "groups": (GROUPS, {}),
    "merged": (GROUPS, {"merge": 3}),
    "folded": (PLAIN, {"fold": "y"}),
    "1d": (LINE, {}),
    "patch": (DEPTHWISE, {"dataflow": "shared"}),
    "line": (DEPTHWISE, {"dataflow": "shared lines"}),
    "multiplier": (TWICE, {"dataflow": "shared"}),
}

ARRAYS = {
    "4x4x1": {"rows": 4, "cols": 4},
    "3x4x2": {"rows": 3, "cols": 4, "dot": 2, "lanes": 4},
    "4x8x4": {"rows": 4, "cols": 8, "dot": 4},
    "1x2x1": {"rows": 1, "cols": 2},
}


def check(simulator, steps, expected):
    run = simulator.run([step for step, _ in steps])
    for (step, mapping), y, words, cycles in zip(steps, expected, run.rows, run.step_cycles,
                                                 strict=True):
        got = mapping.output_tensor(whole_rows(step.tiling, words))
        np.testing.assert_array_equal(got, y)
        assert cycles == step.cycles


BUILDS = [
    ("int32", "4x4x1", 1), ("int32", "3x4x2", 4), ("float32", "4x8x4", 2), ("float32", "1x2x1", 1),
    ("tflite", "4x8x4", 8), ("tflite", "4x4x1", 2),
]


@pytest.mark.parametrize(("mode", "array", "lanes"), BUILDS)
@pytest.mark.parametrize("simulator", [ModelSimulator, AmaranthSimulator])
def test_layers(mode, array, lanes, simulator):
    config = ArrayConfig(**ARRAYS[array], post_lanes=lanes, post_mode=mode)
    steps, expected = [], []
    for i, (layer, how) in enumerate(CASES.values()):
        mapping = Mapping(config, layer, **how)
        if how.get("dataflow") and not (config.shares_words and mapping.tiling.fits()):
            continue
        step, y = random_step(mapping, i)
        assert len(np.unique(y)) > 8
        steps.append((step, mapping))
        expected.append(y)
    check(simulator(), steps, expected)


@pytest.mark.parametrize("raw", [False, True])
def test_backpressure(raw):
    """Consumers that are seldom ready: nothing is lost, and layers do not mix.

    ``raw``: every other layer gives its sums.
    """
    config = ArrayConfig(**ARRAYS["4x4x1"], post_lanes=2)
    rng = random.Random(1)
    steps = []
    for i, (layer, how) in enumerate(list(CASES.values())[:3]):
        step, y = random_step(Mapping(config, layer, **how), i)
        steps.append((step, Mapping(config, layer, **how), y))
        if raw:
            step, _ = random_step(Mapping(config, layer, **how), i, output=None)
            steps.append((step, None, None))
    bench = Bench([step for step, _, _ in steps])
    taken = {"o": [], "results": []}

    def taking(name):
        port = getattr(bench.dut, name)

        async def take(ctx):
            sampled = ctx.tick().sample(port.valid, port.ready, port.payload.as_value())
            async for _, _, valid, ready, payload in sampled:
                if valid and ready:
                    taken[name].append(payload)
                ctx.set(port.ready, rng.random() < 0.2)

        return take

    async def offer(ctx):
        for step, _, _ in steps:
            before = {name: len(of) for name, of in taken.items()}
            await bench.write(ctx, step)
            await bench.start(ctx, step)
            name = step.stream
            for _ in range(100 * step.cycles):
                if len(taken[name]) == before[name] + step.rows:
                    break
                await ctx.tick()
            else:
                pytest.fail("the core hangs")

    engine = Simulator(bench.dut)
    engine.add_clock(1e-8)
    for name in taken:
        engine.add_testbench(taking(name), background=True)
    engine.add_testbench(offer)
    engine.run()
    for step, mapping, y in steps:
        name = step.stream
        payloads, taken[name] = taken[name][: step.rows], taken[name][step.rows :]
        assert [payload >> step.last_bit for payload in payloads] == [
            *[0] * (step.rows - 1), 1,
        ]
        words = step.numbers(payloads)
        if y is not None:
            np.testing.assert_array_equal(mapping.output_tensor(whole_rows(step.tiling, words)), y)
        else:
            assert len(words) == step.tiling.output_rows
    assert taken == {"o": [], "results": []}
