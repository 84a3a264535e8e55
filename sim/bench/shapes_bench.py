"""Layers of all kinds on `CoreWithMemories` in Verilog, one after the other: run by cocotb.

The core must have bias, partial sums and shared words. If it can, some layers have packed tiles,
and one has row pairs.
"""

import json
import os
import random

import cocotb
import numpy as np

from convolith.model.compile.mapping import Mapping
from convolith.model.compile.program import Step
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.reference.loops import conv_nest
from convolith.sim.bench.driver import CoreDriver

CONFIG = ArrayConfig(**json.loads(os.environ["CONVOLITH_CONFIG"]))

IMAGES = ConvLayer.from_shapes((1, 3, 4, 5), (3, 1, 3, 3), padding=1, groups=3)
LINES = ConvLayer.from_shapes((2, 2, 9), (4, 1, 2), stride=2, dilation=3, groups=2)
PLAIN = ConvLayer.from_shapes((1, 3, 4, 4), (3, 3, 2, 2), padding=1, stride=(2, 1))
DEEP = ConvLayer.from_shapes((1, 9, 3, 2), (3, 9, 2, 2), padding=1)
PART = ConvLayer.from_shapes((1, 2, 3, 3), (3, 2, 2, 2))

# Each layer; its dataflows, of which it has the first that fits; whether it has a bias, keeps its
# sums, and adds kept ones.
STEPS = [
    (IMAGES, ("shared",), True, False, False),
    (PLAIN, ("dense",), True, False, False),
    (DEEP, ("paired", "dense"), True, False, False),
    (PART, ("packed", "dense"), True, True, False),
    (PART, ("packed", "dense"), False, True, True),
    (PART, ("packed", "dense"), False, False, True),
    (LINES, ("shared lines",), False, False, False),
    (LINES, ("shared lines",), True, False, False),
]


@cocotb.test()
@cocotb.parametrize(disturbed=[False, True])
async def shapes(dut, disturbed):
    """Sums equal the loop nest's, and cycles the model's (or more, with gaps and backpressure)."""
    rng = random.Random(1)
    numbers = np.random.default_rng(1)
    driver = CoreDriver(dut, CONFIG, idle=rng if disturbed else None,
                        stall=rng if disturbed else None)
    await driver.reset()
    kept = np.zeros(1)
    for layer, names, biased, keeps, adds in STEPS:
        ways = (Mapping(CONFIG, layer, dataflow=name) for name in names)
        mapping = next(way for way in ways if way.tiling.fits())
        x = numbers.integers(-128, 128, layer.x_shape)
        w = numbers.integers(-128, 128, layer.w_shape)
        bias = numbers.integers(-(1 << 19), 1 << 19, layer.OC)
        words = {
            "act": mapping.act_words(x), **mapping.tiling.in_banks(mapping.weight_words(w))
        }
        if biased:
            words["bias"] = mapping.bias_words(bias)
        step = Step.of(
            mapping.tiling, words, add_bias=int(biased), add_sums=int(adds), keep_sums=int(keeps)
        )
        sums, taken = await driver.run(step)
        expected = conv_nest(layer, x, w)
        if biased:
            expected = expected + bias.reshape(-1, *[1] * layer.dims)
        expected = expected + kept  # 0 for a layer that adds none
        kept = expected if keeps else np.zeros(1)
        if keeps:
            continue
        assert np.array_equal(mapping.output_tensor(sums), expected)
        assert taken >= step.cycles if disturbed else taken == step.cycles
