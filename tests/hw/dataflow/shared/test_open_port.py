"""A layer with shared words whose rows complete before its last slots, which have no taps.

The slots read words until then, and registers that a next layer brings must not let them read
others. A campaign has found it.
"""

import numpy as np
import pytest

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.layers.case import Case

GROUPS = 16
SEEDS = 8


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("percent", [20, 100])
def test_slots_behind_the_last_row(rows, percent):
    config = ArrayConfig(
        rows=rows, cols=4, lanes=GROUPS, acc_bits=32, bias_words=0, act_words=256, weight_words=64
    )
    case = Case(
        config=config, x=np.ones((1, GROUPS, 8), int), w=np.ones((GROUPS, 1, 1), int), bias=None,
        arguments={"groups": GROUPS, "stride": 2},
    )
    layer = case.prepare()
    (step,) = layer.program
    assert step.registers["shared_words"]
    for seed in range(SEEDS):
        around = Environment(percent=percent, scrambled=True, seed=seed)
        assert layer.run(VerilatorSimulator(), environment=around).difference is None
