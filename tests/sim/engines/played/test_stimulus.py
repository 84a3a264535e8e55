"""A program as a table: what is in it, cycle by cycle."""

import numpy as np
from steps import step_of

from convolith.model.compile.bases import Bases
from convolith.model.compile.mapping import Mapping
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.expected import expected_events
from convolith.sim.engines.played.bench import bench_verilog
from convolith.sim.engines.played.ports import Port, input_ports, output_ports
from convolith.sim.engines.played.stimulus import PAUSE, RESET_CYCLES, Stimulus

ARRAY = ArrayConfig(
    rows=2, cols=1, dot=1, act_bits=4, weight_bits=4, acc_bits=16, addr_bits=8, size_bits=5,
    act_words=16, weight_words=16, bias_words=0, sum_words=0, depthwise=False,
)
NAMES = [port.name for port in input_ports(ARRAY)]


def steps():
    """A kernel of two taps on a row of four; then the same words from address 3 on."""
    mapping = Mapping(ARRAY, ConvLayer(IC=1, OC=1, IX=1, IY=4, KX=1, KY=2))
    x, w = np.arange(4).reshape(1, 1, 1, 4), np.arange(2).reshape(1, 1, 1, 2)
    return [step_of(mapping, x, w), step_of(mapping, x, w, bases=Bases(act=3))]


def column(stimulus, name):
    return [line[NAMES.index(name)] for line in stimulus.lines]


def test_the_ports():
    registers = next(p.bits for p in input_ports(ARRAY) if p.name == "i_layer__payload")
    assert input_ports(ARRAY) == (
        Port("rst", 1), Port("i_act__valid", 1), Port("i_act__payload", 8 + 8),
        Port("i_weight__valid", 1), Port("i_weight__payload", 8 + 4),
        Port("i_layer__valid", 1), Port("i_layer__payload", registers), Port("o__ready", 1),
    )
    assert output_ports(ARRAY) == (
        Port("i_act__ready", 1), Port("i_weight__ready", 1), Port("i_layer__ready", 1),
        Port("o__valid", 1), Port("o__payload", 16 + 1),
    )


def test_outputs_that_are_always_ready():
    """Reset, words, registers, the step's cycles and a pause; then the same again."""
    program = steps()
    stimulus = Stimulus.of(program, Environment())
    words = program[0].load_cycles
    start = RESET_CYCLES + words
    assert stimulus.starts[0] == start
    assert column(stimulus, "rst") == [1] * RESET_CYCLES + [0] * (len(stimulus.lines) - 2)
    assert column(stimulus, "i_act__payload")[RESET_CYCLES:start] == program[0].writes("act")
    assert column(stimulus, "i_act__valid")[:start] == [0] * RESET_CYCLES + [1] * words
    again = stimulus.starts[1] - words
    assert column(stimulus, "i_act__payload")[again : again + words] == program[1].writes("act")
    assert program[1].writes("act")[0] & 0xFF == 3
    offered = [i for i, valid in enumerate(column(stimulus, "i_layer__valid")) if valid]
    assert offered == list(stimulus.starts)
    registers = column(stimulus, "i_layer__payload")
    assert [registers[i] for i in offered] == [step.register_word for step in program]
    assert set(registers) == {0, *(step.register_word for step in program)}
    assert set(column(stimulus, "o__ready")) == {1}
    assert again - start - 1 >= program[0].cycles + PAUSE
    assert stimulus.ends(0) == stimulus.starts[1]
    assert stimulus.ends(1) == len(stimulus.lines) - 1


def test_an_environment():
    """Cycles of the steps count for what is ready, and all lines without a layer are scrambled."""
    program = steps()
    environment = Environment(percent=40, scrambled=True, seed=5)
    stimulus = Stimulus.of(program, environment)
    ready = column(stimulus, "o__ready")
    before = 0
    for start, events in zip(stimulus.starts, expected_events(program, environment), strict=True):
        wanted = environment.readiness(before)
        assert ready[start + 1 : start + 1 + events.end] == [
            wanted.ready(cycle) for cycle in range(1, events.end + 1)
        ]
        before += events.end
    assert 0 in ready
    registers = column(stimulus, "i_layer__payload")
    assert len(set(registers)) > len(registers) - 3
    assert Stimulus.of(program, environment) == stimulus
    assert Stimulus.of(program, Environment(percent=40, scrambled=True, seed=6)) != stimulus


def test_the_bench_has_all_ports():
    text = bench_verilog(ARRAY)
    assert "reg [11:0] i_weight__payload = 0;" in text
    assert "wire [16:0] o__payload;" in text
    for port in (*input_ports(ARRAY), *output_ports(ARRAY)):
        assert f", .{port.name}({port.name})" in text
