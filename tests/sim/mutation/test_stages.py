"""What the stages of stimulus find: a fault that shows between two layers alone."""

from itertools import islice

import numpy as np
import pytest

from convolith.hw.properties.planted import Planted
from convolith.hw.verilog import core_verilog
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.native.build import build
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.native.kind import TESTED
from convolith.sim.engines.native.library import Library
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.layers.case import Case
from convolith.sim.layers.sequence_case import SequenceCase
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.stages import Stages
from convolith.sim.proofs.plant import planted_in

CONFIG = CONFIGURATIONS["sums"]
UPWARDS = Planted(
    "hw.dataflow.shared.settled", "remaining.eq(remaining - 1)", "remaining.eq(remaining + 1)"
)
"""A delay that has grown settles in another cycle. After a reset it counts as settled."""


@pytest.fixture(scope="module")
def broken():
    """The core with this error."""
    with planted_in(UPWARDS):
        verilog = core_verilog(CONFIG, memories=False, observe=False, gated=False)
    return Library(build(CONFIG, Cache(), TESTED, verilog), CONFIG, TESTED)


def depthwise(channels, extents, kernels):
    rng = np.random.default_rng(channels)
    return Case(
        config=CONFIG, x=rng.integers(-9, 9, (1, channels, *extents)),
        w=rng.integers(-9, 9, (channels, 1, *kernels)), arguments={"groups": channels},
    )


def test_a_fault_that_no_layer_shows_alone(broken):
    """Weights that do not wait, and then weights that wait for as long as they can."""
    cases = [depthwise(3, (7, 1), (5, 1)), depthwise(2, (4, 17), (2, 16))]
    delays = [case.prepare().program[0].registers["line_delay"] for case in cases]
    assert delays == [0, 15]
    simulator = VerilatorSimulator()
    simulator.libraries[CONFIG.core, TESTED] = broken
    for case in cases:
        assert case.prepare().run(simulator, environment=Environment()).equal
    behind = SequenceCase(cases=cases).prepare()
    assert behind.run(VerilatorSimulator(), environment=Environment()).difference is None
    with pytest.raises(SimulationError, match="has not ended after"):
        behind.run(simulator, environment=Environment())
    other = SequenceCase(cases=cases[::-1]).prepare()
    assert other.run(simulator, environment=Environment()).difference is None


def test_the_stage_of_sequences_finds_it(broken):
    stages = Stages(CONFIG, Library(build(CONFIG, Cache(), TESTED), CONFIG, TESTED), 6)
    verdicts = (one.verdict(broken, 0) for one in islice(stages["sequences"], 60))
    assert next(filter(None, verdicts)) in ("hang", "ports")
