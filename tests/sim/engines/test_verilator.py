"""The native simulator beside Amaranth's: the same rows in the same cycles, and the same waves."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawing import random_ints
from vcd_reader import at_each_cycle, variables

from convolith.model.compile.program import Step
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.layout import act_words
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.demo.cases import tutorial_cases
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import Fault
from convolith.sim.engines.native.library import Simulation
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.layers.plain.convolution import Convolution

AMARANTH, NATIVE = AmaranthSimulator(), VerilatorSimulator()

# Odd widths of words and sums, V/D both above and below R.
SMALL = [
    ArrayConfig(rows=2, cols=3, dot=2, lanes=6, act_bits=5, weight_bits=7, acc_bits=27),
    ArrayConfig(rows=5, cols=2, lanes=3, act_bits=9, weight_bits=16, acc_bits=45, addr_bits=9,
                act_words=512, weight_words=512),
    ArrayConfig(rows=1, cols=1, act_bits=2, weight_bits=2, acc_bits=8),
]
LAYERS = [
    (((2, 7, 5, 4), (6, 7, 3, 2)), {"stride": 2, "padding": 2}),
    (((1, 6, 4, 6), (4, 3, 2, 3)), {"groups": 2, "dilation": (1, 2)}),
    (((3, 4, 11), (5, 4, 3)), {"padding": 1}),
    (((1, 1, 1), (1, 1, 1)), {}),
]


def prepare(config, shapes, arguments):
    layer = ConvLayer.from_shapes(*shapes, **arguments)
    x = random_ints(1, layer.x_shape, config.act_bits)
    w = random_ints(2, layer.w_shape, config.weight_bits)
    if config.acc_bits == 8:
        w[:] = np.sign(w) * (np.arange(w.size).reshape(w.shape) < 40)
    return Convolution.prepare(config, x, w, **arguments)


def same(convolution, **watch):
    """The runs of both simulators, which must not differ in anything but time."""
    first, second = (convolution.run(simulator, **watch) for simulator in (AMARANTH, NATIVE))
    for ours, theirs in ((first.run.rows, second.run.rows),
                         (first.run.row_cycles, second.run.row_cycles)):
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert first.cycles == second.cycles == second.model_cycles
    assert first.run.step_cycles == second.run.step_cycles
    assert first.difference == second.difference
    return second


@pytest.mark.parametrize("config", SMALL, ids=lambda config: config.shape)
def test_same_rows_same_cycles(config):
    for shapes, arguments in LAYERS:
        assert same(prepare(config, shapes, arguments)).equal


def test_bias_partial_sums_and_shared_words():
    config = replace(SMALL[0], act_words=512, weight_words=32, sum_words=8)
    kinds = set()
    for x_shape, w_shape, arguments in [
        ((1, 40, 5), (4, 40, 2), {}), ((1, 12, 6, 7), (12, 1, 3, 3), {"groups": 12, "padding": 1}),
        ((1, 3, 9), (4, 3, 3), {"padding": "same", "padding_mode": "reflect"}),
    ]:
        x, w = random_ints(1, x_shape, 5), random_ints(2, w_shape, 7)
        bias = random_ints(3, w_shape[:1], 12)
        result = same(Convolution.prepare(config, x + 16, w, bias, **arguments))  # unsigned
        assert result.equal
        kinds.add(result.schedule.mapping)
        kinds |= {"partial sums" for piece in result.schedule.pieces if not piece.last}
    assert {"partial sums", "shared words by patches"} <= kinds


@pytest.mark.parametrize("case", tutorial_cases(), ids=lambda case: case.name)
def test_the_tutorial(case):
    result = same(case.convolution)
    assert result.equal
    if case.printed is not None:
        assert np.array_equal(result.output, case.printed)


@pytest.mark.parametrize("fault", [Fault(row=0, col=0, bit=0, cycle=60),
                                   Fault(row=1, col=2, bit=26, cycle=100)])
def test_faults_hit_the_same(fault):
    assert not same(prepare(SMALL[0], *LAYERS[0]), fault=fault).equal


WAVES = {"small": prepare(SMALL[0], *LAYERS[1])}
_CORES = {case.convolution.config.core: case for case in tutorial_cases()}  # one of each core
WAVES |= {case.name: case.convolution for case in _CORES.values()}


@pytest.mark.parametrize("convolution", WAVES.values(), ids=WAVES)
def test_the_same_waves(tmp_path, convolution):
    """The same file, to the byte, from both simulators; and a part of it for a window."""
    paths = {simulator: tmp_path / f"{simulator.name}.vcd" for simulator in (AMARANTH, NATIVE)}
    convolution.run(AMARANTH, waves=paths[AMARANTH])
    total = convolution.run(NATIVE, waves=paths[NATIVE]).cycles
    assert paths[AMARANTH].read_text() == paths[NATIVE].read_text()
    names = ["loops.ic", "loops.mac", "sums.row_0_column_0", "rows_out.valid", "act.address"]
    whole = at_each_cycle(paths[NATIVE], names)
    assert sorted(whole) == list(range(1, total + 1))
    assert len(set(whole.values())) > 20
    window = (total // 3, total - 2)
    for simulator in (AMARANTH, NATIVE):
        short = tmp_path / "short.vcd"
        convolution.run(simulator, waves=short, window=window)
        shown = at_each_cycle(short, names)
        assert sorted(shown) == list(range(window[0], window[1] + 1))
        # But for what a variable held before the window: nothing is added in such a cycle.
        assert all(shown[cycle][1:] == whole[cycle][1:] for cycle in shown)
        assert all(shown[cycle] == whole[cycle] for cycle in shown if whole[cycle][1])


@pytest.mark.parametrize("simulator", [AMARANTH, NATIVE], ids=["amaranth", "verilator"])
def test_everything_that_a_simulator_knows(tmp_path, simulator):
    """Every signal, with 10 ns for a cycle; the clock rises once per cycle."""
    convolution = prepare(SMALL[0], *LAYERS[1])
    path = tmp_path / "all.vcd"
    cycles = convolution.run(simulator, waves=path, everything=True).cycles
    lines = path.read_text().splitlines()
    (scale,) = (line.split()[1:-1] for line in lines if line.startswith("$timescale"))
    unit = {"1fs": 10**6, "1ns": 1}["".join(scale)]
    found = list(variables(iter(lines)))
    assert len(found) > 500
    assert any(name.endswith("core.array.pe_0_0.accumulator") for name, _, _ in found)
    clock = next(code for name, _, code in found if name.endswith(".clk"))
    rises, time = [], 0
    for line in lines:
        if line.startswith("#"):
            time = int(line[1:])
        elif line == f"1{clock}":
            rises.append(time)
    assert len(rises) >= cycles - 1
    assert {b - a for a, b in itertools.pairwise(rises)} == {10 * unit}


def test_waves_to_a_full_disk(tmp_path):
    convolution = prepare(SMALL[0], *LAYERS[1])
    for window in (None, (5, 60)):
        with pytest.raises(OSError, match="No space left on device"):
            convolution.run(NATIVE, waves=Path("/dev/full"), window=window)
    with pytest.raises(OSError, match="No such file or directory"):
        convolution.run(NATIVE, waves=tmp_path / "no" / "w.vcd")


def test_a_window_of_everything_needs_verilator(tmp_path):
    convolution = prepare(SMALL[2], *LAYERS[3])
    with pytest.raises(ValueError, match="^a window of cycles needs the simulator verilator: "):
        convolution.run(AMARANTH, waves=tmp_path / "w.vcd", everything=True, window=(1, 2))


def test_a_layer_that_does_not_end(monkeypatch):
    tiling = DenseTiling(SMALL[2], ConvLayer.from_shapes((1, 1, 5000), (1, 1, 1)))
    x, w = np.ones((1, 1, 5000), dtype=np.int64), np.ones((1, 1, 1), dtype=np.int64)
    step = Step.of(tiling, {"act": act_words(tiling, x), **tiling.in_banks(tiling.lay_weight(w))})
    assert NATIVE.run([step]).cycles > 5000
    monkeypatch.setattr("convolith.sim.engines.verilator.SLACK", 10)
    with pytest.raises(SimulationError, match="^the layer has not ended after 30 cycles$"):
        NATIVE.run([replace(step, cycles=20)])


def test_progress_is_reported(monkeypatch):
    monkeypatch.setattr("convolith.sim.engines.verilator.REPORT_EVERY", 100)
    convolution = prepare(SMALL[0], *LAYERS[0])
    seen = []
    result = convolution.run(NATIVE, progress=lambda *now: seen.append(now))
    assert seen == [(n, result.cycles) for n in range(100, result.cycles, 100)]


def test_rows_behind_the_last_one_are_noticed(monkeypatch):
    convolution = prepare(SMALL[0], *LAYERS[2])
    run, finish = convolution.run(NATIVE).run, Simulation.finish
    late = []

    def begin_again(simulation, cycles):
        """The same layer once more, whose rows nobody takes."""
        layer, words, _ = simulation.inputs
        simulation.start(
            layer, words, simulation.reads, most=1, size=simulation.rows.shape[1], last_bit=0
        )
        late.append(finish(simulation, run.cycles + 10))
        return late[-1]

    monkeypatch.setattr(Simulation, "finish", begin_again)
    with pytest.raises(SimulationError, match="^[0-9]+ rows came after the last one of a layer$"):
        convolution.run(NATIVE)
    assert late == [len(run.rows[0])]
