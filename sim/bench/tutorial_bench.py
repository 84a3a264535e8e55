"""The tutorial's convolutions on `CoreWithMemories` in Verilog: a module that cocotb runs."""

import json
import os
import random

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from convolith.hw.registers import layer_registers, register_layout
from convolith.model import cycles, layout
from convolith.model.config import ArrayConfig
from convolith.model.fixed_point import FixedPoint, encode
from convolith.model.layer import ConvLayer
from convolith.model.tiling import Tiling
from convolith.model.tutorial import CASES
from convolith.sim.bench.streams import PERIOD_NS, StreamMonitor, now, send
from convolith.sim.packing import unpack_sums

CONFIG = ArrayConfig(**json.loads(os.environ["CONVOLITH_CONFIG"]))
QUIET_CYCLES = 100  # nothing may follow the last row


async def reset(dut):
    for name in ("i_act", "i_weight", "i_layer"):
        getattr(dut, f"{name}__valid").value = 0
        getattr(dut, f"{name}__payload").value = 0
    dut.o__ready.value = 0
    dut.rst.value = 1
    Clock(dut.clk, PERIOD_NS, unit="ns").start()
    for _ in range(3):
        await RisingEdge(dut.clk)
    dut.rst.value = 0


def loads(words, bits):
    """Payloads that write words to addresses 0, 1, ..."""
    packed = layout.to_ints(words, bits)
    return [address | word << CONFIG.addr_bits for address, word in enumerate(packed)]


@cocotb.test()
@cocotb.parametrize(case=range(len(CASES)), idle=[False, True], stall=[False, True])
async def tutorial(dut, case, idle, stall):
    """Outputs as the tutorial prints them; cycles as the model says, or more under backpressure."""
    chosen = CASES[case]
    act = encode("x", chosen.x, CONFIG.act_bits)
    weight = encode("w", chosen.w, CONFIG.weight_bits)
    tiling = Tiling(CONFIG, ConvLayer.from_shapes(chosen.x.shape, chosen.w.shape))
    rng = random.Random(case)
    await reset(dut)
    monitor = StreamMonitor(dut, "o", rng if stall else None)
    cocotb.start_soon(monitor.run())

    gaps = rng if idle else None
    act_words = loads(layout.act_words(tiling, act.ints), CONFIG.act_bits)
    weight_words = loads(layout.weight_words(tiling, weight.ints), CONFIG.weight_bits)
    loading = cocotb.start_soon(send(dut, "i_act", act_words, idle=gaps))
    await send(dut, "i_weight", weight_words, idle=gaps)
    await loading
    registers = register_layout(CONFIG).const(layer_registers(tiling)).as_bits()
    await send(dut, "i_layer", [registers], idle=gaps)
    accepted = now()

    expected_cycles = cycles.cycles(tiling)
    for _ in range(10 * expected_cycles):
        if len(monitor.taken) == tiling.output_rows:
            break
        await RisingEdge(dut.clk)
    for _ in range(QUIET_CYCLES):
        await RisingEdge(dut.clk)

    payloads = [payload for _, payload in monitor.taken]
    lasts = [payload >> (CONFIG.cols * CONFIG.acc_bits) for payload in payloads]
    assert lasts == [0] * (tiling.output_rows - 1) + [1]
    sums = layout.output_tensor(tiling, unpack_sums(CONFIG, payloads))
    got = FixedPoint(sums, act.fraction + weight.fraction).decode()
    assert np.array_equal(got, chosen.printed)
    taken = monitor.taken[-1][0] - accepted
    assert taken >= expected_cycles if stall else taken == expected_cycles
