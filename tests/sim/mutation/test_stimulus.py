"""What a stimulus sees: the right core, resets on the way, and faults of each kind."""

from dataclasses import replace

import numpy as np
import pytest
from exported_layers import compiled
from steps import step_of

from convolith.hw.properties.planted import Planted
from convolith.hw.verilog import core_verilog
from convolith.model.compile.mapping import Mapping
from convolith.model.layer import ConvLayer
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.native.build import build
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.native.kind import TESTED
from convolith.sim.engines.native.library import Library
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.stimulus import Stimulus
from convolith.sim.proofs.plant import planted_in


def library(config, verilog=None):
    return Library(build(config, Cache(), TESTED, verilog), config, TESTED)


def stimulus(program, environment, **more):
    config = program[0].config
    made = Stimulus(library(config), program, environment, **more)
    made.expect(library(config), VerilatorSimulator().run(program, environment=environment))
    return made


@pytest.mark.parametrize("name", ["shared words", "partial sums", "packed tiles", "stored"])
def test_a_reset_in_any_cycle_leaves_nothing_behind(name):
    """What follows a reset is as it is without one, whenever it comes."""
    program = compiled(name).convolution.program
    made = stimulus(program, Environment(percent=60, seed=2))
    for cycle in range(1, program[0].cycles + 4):
        made.reset_after = cycle
        assert made.verdict(library(made.program[0].config), 0) == "", cycle


def test_a_reset_forgets_rows_between_the_lines_of_a_patch():
    """The delay between two lines keeps its words in a reset; they must not come out again."""
    config = CONFIGURATIONS["sums"]
    mapping = Mapping(config, ConvLayer(IC=7, OC=5, IY=6, KY=2, dilation=(1, 2), dims=1))
    rng = np.random.default_rng(1)
    step = step_of(mapping, rng.integers(-9, 9, (1, 7, 1, 6)), rng.integers(-9, 9, (5, 7, 1, 2)))
    made = stimulus([step], Environment())
    for cycle in range(1, 130):
        made.reset_after = cycle
        assert made.verdict(library(made.program[0].config), 0) == "", cycle


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("hw.fetch.act_address", "valid = Signal()", "valid = Signal(reset_less=True)"),
        ("hw.sequencer.layer_port", "ready = Signal()", "ready = Signal(reset_less=True)"),
    ],
    ids=["a read", "an open port"],
)
def test_nothing_happens_between_a_reset_and_the_layer(module, old, new):
    """A register of the core's is not reset."""
    made = stimulus(compiled("plain").convolution.program, Environment(percent=60, seed=2))
    step = made.program[0]
    with planted_in(Planted(module, old, new)):
        changed = library(step.config, core_verilog(step.config, memories=False))
    causes = set()
    for cycle in range(1, step.cycles + 30):
        made.reset_after = cycle
        causes.add(made.verdict(changed, 0))
    assert causes == {"", "ports"}


@pytest.mark.parametrize(
    ("what", "cause"),
    [("rows", "values"), ("row_cycles", "cycles"), ("activity", "ports"), ("memory", "memory")],
)
def test_each_kind_of_difference(what, cause):
    """What is expected is changed: the right core is then the wrong one."""
    made = stimulus(compiled("stored").convolution.program, Environment(percent=60, seed=2))
    assert made.verdict(library(made.program[0].config), 0) == ""
    first, *others = made.expected
    if what == "memory":
        made.memory = made.memory.copy()
        made.memory[-1, 0] ^= 1
    elif what == "activity":
        first = replace(first, activity=replace(first.activity, ready=1))
    else:
        changed = getattr(first, what).copy()
        changed[1] += 1
        first = replace(first, **{what: changed})
    made.expected = [first, *others]
    assert made.verdict(library(made.program[0].config), 0) == cause


def test_a_hang():
    made = stimulus(compiled("plain").convolution.program, Environment())
    made.expected = [replace(made.expected[0], cycles=-300)]
    assert made.verdict(library(made.program[0].config), 0) == "hang"
