"""Plays a table of inputs into a block, a row per cycle, and notes what the block makes of it."""

from amaranth.hdl import C
from amaranth.sim import Simulator

from convolith.hw.layouts.registers import register_layout
from convolith.hw.output.completion import Completion
from convolith.model.compile.registers import layer_registers
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

__all__ = ["AT_LIMIT", "completed", "layer_word", "pack", "play"]

# Extents of 15 where registers have 4 bits: all padding, the longest strides, the farthest taps.
AT_LIMIT = {
    "config": ArrayConfig(
        rows=2, cols=1, size_bits=4, addr_bits=10, act_words=1024, weight_words=1024
    ),
    "two": [
        ConvLayer(IC=1, OC=2, IX=1, IY=1, KX=15, KY=15, padding=(7, 7), stride=(15, 15)),
        ConvLayer(IC=1, OC=2, IX=15, IY=15, KX=2, KY=1, dilation=(14, 15)),
    ],
}


def play(dut, inputs, rows, outputs):
    """Sets ``inputs`` to one row per cycle; all ``outputs`` in each cycle, just before its edge."""
    seen = []

    async def testbench(ctx):
        for row in rows:
            for signal, value in zip(inputs, row, strict=True):
                ctx.set(signal, int(value))
            _, _, *values = await ctx.tick().sample(*outputs)
            seen.append(tuple(values))

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    return seen


def completed(done, valid):
    """A row of sums that completes, none of them the layer's last."""
    return Completion(
        done=done, valid=valid, final=C(0), begins=valid, ends=valid, second=C(0, 0)
    )


def pack(values, bits):
    """Two's complement fields side by side, the first one lowest."""
    return sum((int(value) & ((1 << bits) - 1)) << i * bits for i, value in enumerate(values))


def layer_word(tiling, **bases):
    """A layer's registers as one number, for ``Signal(register_layout(config)).as_value()``."""
    return register_layout(tiling.config).const(layer_registers(tiling, **bases)).as_bits()
