"""Plays a table of inputs into a block, a row per cycle, and notes what the block makes of it."""

from amaranth.sim import Simulator

from convolith.hw.registers import layer_registers, register_layout

__all__ = ["layer_word", "pack", "play"]


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


def pack(values, bits):
    """Two's complement fields side by side, the first one lowest."""
    return sum((int(value) & ((1 << bits) - 1)) << i * bits for i, value in enumerate(values))


def layer_word(tiling, **bases):
    """A layer's registers as one number, for ``Signal(register_layout(config)).as_value()``."""
    return register_layout(tiling.config).const(layer_registers(tiling, **bases)).as_bits()
