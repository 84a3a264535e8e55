"""A lane of the post-processor against the model, on sums and scales that are hard to round."""

from types import SimpleNamespace

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from convolith.hw.requantize.lane import (
    PARAMETERS_AT,
    PostLane,
    lane_latency,
    parameter_layout,
)
from convolith.model.options.config import ArrayConfig
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.output import Output
from convolith.model.quantization.tflite import IntegerRequantization
from convolith.model.quantization.words import parameter_values


def lane_outputs(config, sums, requantization):
    """What a lane makes of a sum per cycle, each with parameters of its own."""
    output = requantization.output
    values = parameter_values(config, requantization)
    layout = parameter_layout(config)
    words = [
        layout.const({name: int(values[name][i]) for name in values}).as_bits()
        for i in range(len(sums))
    ]
    offset = output.offset
    layer = SimpleNamespace(
        **{name: getattr(output, name) - offset for name in ("zero_point", "low", "high")}
    )
    m = Module()
    total, word = Signal(config.acc_bits), Signal(layout.size)
    m.submodules.lane = lane = PostLane(config, layer, sum=total, parameters=layout(word))
    late = PARAMETERS_AT[config.post_mode]
    found = []

    async def test(ctx):
        for cycle in range(len(sums) + lane_latency(config)):
            if cycle < len(sums):
                ctx.set(total, int(sums[cycle]))
            if 0 <= cycle - late < len(sums):
                ctx.set(word, words[cycle - late])
            if cycle >= lane_latency(config):
                found.append(ctx.get(lane.activation) + offset)
            await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-8)
    simulator.add_testbench(test)
    simulator.run()
    return np.array(found)


def hard_sums(rng, count, bits):
    """Of all sizes, and near powers of two."""
    sizes = rng.integers(0, bits, count)
    sums = np.ldexp(rng.uniform(0.5, 1, count), sizes).astype(np.int64)
    near = rng.random(count) < 0.3
    sums[near] = (1 << sizes[near]) + rng.integers(-2, 3, near.sum())
    sums = np.clip(sums, 0, (1 << (bits - 1)) - 1) * rng.choice([-1, 1], count)
    sums[:2] = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return sums


def multipliers(rng, sums, bits, most=1e9):
    """So that results are of the size of outputs; ties among them."""
    scaled = np.ldexp(rng.uniform(0.5, 1, len(sums)), rng.integers(-3, bits + 2, len(sums)))
    ties = rng.random(len(sums)) < 0.3
    scaled[ties] = np.floor(scaled[ties]) + 0.5
    m = (scaled / np.maximum(np.abs(sums), 1)).astype(np.float32)
    powers = np.float32(2.0) ** rng.integers(-126, 0, len(sums))
    m = np.where(rng.random(len(sums)) < 0.1, powers, m)
    return np.clip(m, np.float32(2.0**-126), most).astype(np.float32)


@pytest.mark.parametrize("bits", [(32, 8), (24, 4), (32, 16), (20, 2), (30, 9)])
@pytest.mark.parametrize("mode", ["int32", "float32"])
def test_float_lane(mode, bits):
    acc_bits, act_bits = bits
    rng = np.random.default_rng(acc_bits + act_bits)
    config = ArrayConfig(acc_bits=acc_bits, act_bits=act_bits, post_lanes=1, post_mode=mode)
    sums = hard_sums(rng, 3000, acc_bits)
    addend = None
    if mode == "float32":
        addend = -sums + np.ldexp(rng.standard_normal(len(sums)), rng.integers(-30, 30, len(sums)))
        addend = np.clip(addend, -(2.0**31) + 1, 2.0**31 - 1)
        sums_with = sums + addend
        m = multipliers(rng, sums_with, act_bits, most=63)
    else:
        m = multipliers(rng, sums, act_bits)
        keep = np.abs(sums * m.astype(np.float64)) < 2**31
        m = np.where(keep, m, np.float32(2**-31))
    zero_point = int(rng.integers(0, 1 << (act_bits - 1)))
    output = Output(zero_point=zero_point, bits=act_bits, relu=bool(rng.integers(2)))
    r = FloatRequantization(multiplier=m, output=output, addend=addend)
    expected = r.apply(sums[None, :])[0]
    found = lane_outputs(config, sums, r)
    assert len(np.unique(expected)) > 2
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("bits", [(32, 8), (24, 4), (32, 16)])
def test_integer_lane(bits):
    acc_bits, act_bits = bits
    rng = np.random.default_rng(acc_bits + act_bits)
    config = ArrayConfig(acc_bits=acc_bits, act_bits=act_bits, post_lanes=1, post_mode="tflite")
    sums = hard_sums(rng, 3000, acc_bits)
    multiplier = rng.integers(1 << 30, 1 << 31, len(sums))
    size = np.log2(np.maximum(np.abs(sums), 1)).astype(np.int64)
    shift = np.clip(act_bits - size + rng.integers(-4, 4, len(sums)), -31, 3)
    shift = np.where(np.abs(sums) << np.maximum(shift, 0) < 1 << 31, shift, 0)
    output = Output(zero_point=-3 % (1 << act_bits - 1), bits=act_bits, signed=True)
    r = IntegerRequantization(multiplier=multiplier, shift=shift, output=output)
    expected = r.apply(sums[None, :])[0]
    assert len(np.unique(expected)) > 2
    np.testing.assert_array_equal(lane_outputs(config, sums, r), expected)
