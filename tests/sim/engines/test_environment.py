"""The core in an environment: rows, cycles and ports are the model's, on both simulators."""

from dataclasses import replace

import numpy as np
import pytest
from exported_layers import LAYERS, compiled
from steps import step_of

from convolith.model.compile.bases import Bases
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.program import Step, compile_layer
from convolith.model.dataflow.shared.tiling import SharedTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.expected import check_run, expected_events
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.engines.verilator import VerilatorSimulator

SIMULATORS = {"amaranth": AmaranthSimulator(), "verilator": VerilatorSimulator()}
HARSH = Environment(percent=30, scrambled=True, seed=11)


class LongLines(SharedTiling):
    """Lines have more words than any output needs."""

    least_columns = 24


def moved(convolution, bases):
    """Its program with words elsewhere."""
    return compile_layer(convolution.schedule, convolution, bases)


def check(simulator, program, environment):
    run = SIMULATORS[simulator].run(program, environment=environment)
    check_run(run, program, environment)
    expected = ModelSimulator().run(program)
    for rows, wanted in zip(run.rows, expected.rows, strict=True):
        np.testing.assert_array_equal(rows, wanted)
    assert (run.stored is None) == (not program[0].config.store_results)
    if run.stored is not None:
        np.testing.assert_array_equal(run.stored, expected.stored)
    return run


@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize("name", LAYERS)
def test_every_mapping(simulator, name):
    """Rows that wait, registers that change, words that lie elsewhere; then a kind environment."""
    convolution = compiled(name).convolution
    biased = "bias" in convolution.program[0].reads
    bases = Bases(act=5, weight=11, bias=3 * biased)
    harsh = check(simulator, moved(convolution, bases), HARSH)
    kind = check(simulator, convolution.program, Environment())
    assert kind.step_cycles == tuple(step.cycles for step in convolution.program)
    # Slow lanes can make up for results that have waited, before the last one comes.
    assert harsh.cycles >= kind.cycles + (name != "lanes")
    assert [one.reads for one in harsh.activities] == [one.reads for one in kind.activities]


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_a_layer_whose_slots_end_last(simulator):
    """A kernel of one tap, in lines of 24 words: its only product is in the first of them."""
    config = ArrayConfig(rows=2, cols=6, lanes=24, act_words=512)
    layer = ConvLayer(IC=12, OC=12, IX=3, IY=4, KX=1, KY=1, groups=12)
    rng = np.random.default_rng(1)
    act = Mapping(config, layer).act_words(rng.integers(-9, 9, layer.x_shape))
    tiling = LongLines(config, layer)
    weight = tiling.lay_weight(rng.integers(-9, 9, layer.w_shape))
    step = Step.of(tiling, {"act": act, "weight": weight})
    run = check(simulator, [step, step], Environment())
    assert run.activities[0].ready > step.cycles + 1


def test_coordinates_do_not_wrap():
    """Patches of lines of more places than outputs: the last ones would wrap into the image.

    An image of 30 columns and a stride of 3; registers hold coordinates up to 31.
    """
    config = ArrayConfig(rows=4, cols=2, lanes=4, addr_bits=8, size_bits=5, act_words=256,
                         weight_words=64, bias_words=32, pack_edges=True)
    layer = ConvLayer(IC=8, OC=8, IY=30, KY=1, stride=(1, 3), groups=8, dims=1)
    assert not Mapping(config, layer, dataflow="shared").tiling.fits()
    mapping = Mapping(replace(config, size_bits=6), layer, dataflow="shared")
    assert mapping.tiling.fits()
    rng = np.random.default_rng(2)
    step = step_of(
        mapping, rng.integers(-9, 9, (1, 8, 1, 30)), rng.integers(-9, 9, (8, 1, 1, 1))
    )
    check("amaranth", [step], Environment())


def test_hardly_ever_ready():
    """Tiles wait for room, and the lanes for their FIFO."""
    for name in ("slow lanes", "stored", "packed tiles"):
        check("verilator", compiled(name).convolution.program, Environment(percent=2, seed=3))


@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize("memory", ["act", "weight", "bias", "parameters"])
def test_a_word_that_is_not_the_layers(simulator, memory):
    """The layer is said to have its words one address later than its registers say."""
    program = compiled("lanes").convolution.program
    name = "bias" if memory == "parameters" else memory
    words = dict(program[0].words)
    if memory == "parameters":  # the bias has the same base, and is read earlier
        words.pop("bias")
    wrong = replace(program[0], bases=Bases(**{name: 1}), words=words)
    with pytest.raises(SimulationError, match=f"the core read address 0 of the memory {name} in "
                       r"cycle \d+; the layer's words are from 1 to \d+"):
        SIMULATORS[simulator].run([wrong], environment=Environment())


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_a_word_beyond_the_memory(simulator):
    """The results end in the memory's last word; they are stored a word later."""
    (step,) = compiled("stored").program
    config = step.config
    base = step.registers["store_base"] + config.lanes // config.post_lanes
    wrong = replace(step, registers={**step.registers, "store_base": base})
    assert ModelSimulator().run([step]).stored[-1].any()
    SIMULATORS[simulator].run([step], environment=Environment())
    with pytest.raises(SimulationError, match="^the core wrote address 512 of the memory act, "
                       "which has 512 words$"):
        SIMULATORS[simulator].run([wrong], environment=Environment())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ready": 1}, "had 1 cycles until it took layers again, not"),
        ({"reads": {"act": 3}}, "had 3 reads of the memory act, not"),
        ({"lanes_active": 5}, "had 5 cycles with sums in the lanes, not"),
    ],
)
def test_what_the_ports_do_is_checked(change, message):
    program = compiled("lanes").convolution.program
    run = SIMULATORS["verilator"].run(program, environment=HARSH)
    check_run(run, program, HARSH)
    changed = replace(run, activities=(replace(run.activities[0], **change),))
    with pytest.raises(SimulationError, match=message):
        check_run(changed, program, HARSH)


def test_when_each_row_leaves_is_checked():
    program = compiled("plain").convolution.program
    run = SIMULATORS["verilator"].run(program, environment=HARSH)
    later = run.row_cycles[0].copy()
    later[2] += 1
    message = f"row 2 left in cycle {later[2]}, not {later[2] - 1}"
    with pytest.raises(SimulationError, match=message):
        check_run(replace(run, row_cycles=[later]), program, HARSH)
    with pytest.raises(SimulationError, match=r"took 5 cycles, not \d+"):
        check_run(replace(run, step_cycles=(5,)), program, HARSH)


def test_both_simulators_wait_alike():
    """The cycles of both follow from the seed alone, not from the simulator."""
    program = compiled("partial sums").convolution.program
    first, second = (simulator.run(program, environment=HARSH) for simulator in SIMULATORS.values())
    for ours, theirs in zip(first.row_cycles, second.row_cycles, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert first.activities == second.activities
    other = replace(HARSH, seed=12)
    assert [one.end for one in expected_events(program, other)] != list(first.step_cycles)


def test_a_waveform_in_an_environment(tmp_path):
    program = compiled("plain").convolution.program
    for simulator in SIMULATORS.values():
        path = tmp_path / f"{simulator.name}.vcd"
        check_run(simulator.run(program, environment=HARSH, waves=path), program, HARSH)
        assert path.stat().st_size > 1000


def test_the_model_has_none():
    with pytest.raises(ValueError, match="an environment needs a simulator of the RTL"):
        ModelSimulator().run(compiled("plain").convolution.program, environment=HARSH)


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_registers_that_change_between_layers_repeat_no_row(simulator):
    """The delay between the lines of a patch grows when no layer runs: nothing completes again.

    The registers of dense layers have no such delay, those of the others one of 2 cycles; in the
    cycles between layers it is anything.
    """
    config = ArrayConfig(rows=9, cols=4, lanes=9, act_words=1024, weight_words=512)
    rng = np.random.default_rng(1)
    dense = Mapping(config, ConvLayer(IC=2, OC=3, IX=1, IY=9, KX=1, KY=1))
    deep = Mapping(
        config, ConvLayer(IC=4, OC=4, IX=9, IY=9, KX=3, KY=3, groups=4), dataflow="shared"
    )
    assert deep.tiling.line_delay == 2
    program = [
        step_of(
            mapping, rng.integers(-9, 9, mapping.layer.x_shape),
            rng.integers(-9, 9, mapping.layer.w_shape),
        )
        for mapping in (dense, deep, dense, deep, dense)
    ]
    for seed in range(3, 6):
        check(simulator, program, Environment(scrambled=True, seed=seed))
