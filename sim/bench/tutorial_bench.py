"""The tutorial's convolutions on `CoreWithMemories` in Verilog: a module that cocotb runs.

It runs all of them, or those whose numbers are in CONVOLITH_CASES, a list in JSON.
"""

import json
import os
import random

import cocotb
import numpy as np

from convolith.model.compile.program import Step
from convolith.model.dataflow import cycles, layout
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.numbers.fixed_point import FixedPoint, encode
from convolith.model.options.config import ArrayConfig
from convolith.model.reference.tutorial import CASES
from convolith.sim.bench.driver import CoreDriver

CONFIG = ArrayConfig(**json.loads(os.environ["CONVOLITH_CONFIG"]))
CHOSEN = json.loads(os.environ.get("CONVOLITH_CASES", "null")) or list(range(len(CASES)))


@cocotb.test()
@cocotb.parametrize(case=CHOSEN, idle=[False, True], stall=[False, True])
async def tutorial(dut, case, idle, stall):
    """Outputs are the tutorial's, and cycles the model's (or more, under backpressure)."""
    chosen = CASES[case]
    act = encode("x", chosen.x, CONFIG.act_bits)
    weight = encode("w", chosen.w, CONFIG.weight_bits)
    tiling = DenseTiling(CONFIG, ConvLayer.from_shapes(chosen.x.shape, chosen.w.shape))
    rng = random.Random(case)
    driver = CoreDriver(dut, CONFIG, idle=rng if idle else None, stall=rng if stall else None)
    await driver.reset()
    words = {
        "act": layout.act_words(tiling, act.ints),
        **tiling.in_banks(tiling.lay_weight(weight.ints)),
    }
    step = Step.of(tiling, words)
    sums, taken = await driver.run(step)
    got = FixedPoint(tiling.output(sums), act.fraction + weight.fraction).decode()
    assert np.array_equal(got, chosen.printed)
    expected = cycles.cycles(tiling)
    assert taken >= expected if stall else taken == expected
