"""Random layers on Amaranth's simulator: PyTorch's bits, the model's cycles."""

from dataclasses import replace

import numpy as np
import pytest
from drawing import calls, configs, prepared
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from convolith.model.compile.program import Step
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.layout import act_words
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.layers.plain.convolution import Convolution


class Done:
    """A simulator that has run the next convolutions already, one after the other on one core."""

    name = "amaranth"

    def __init__(self, run):
        self.run_of_all, self.first = run, 0

    def run(self, program, **watch):
        every, here = self.run_of_all, slice(self.first, self.first + len(program))
        before = sum(every.step_cycles[: self.first])
        self.first = here.stop
        return replace(
            every, rows=every.rows[here], step_cycles=every.step_cycles[here],
            row_cycles=[cycles - before for cycles in every.row_cycles[here]],
        )


LAYERS = 6  # of each example: a core takes long to elaborate


@pytest.mark.parametrize("dot", [1, 2, 3, 4])
def test_random_layers(dot):
    @seed(dot)
    @settings(max_examples=14)
    @given(
        config=configs((dot, dot), small=True),
        drawn=st.lists(st.tuples(calls(max_macs=2000), st.integers(0, 999)),
                       min_size=LAYERS, max_size=LAYERS),
    )
    def check(config, drawn):
        convolutions = [prepared(call.case(config, numbers)) for call, numbers in drawn]
        schedules = [convolution.schedule for convolution in convolutions]
        assume(sum(one.cycles + one.load_cycles for one in schedules) < 12_000)
        steps = [step for convolution in convolutions for step in convolution.program]
        done = Done(AmaranthSimulator().run(steps))
        assert done.run_of_all.loading == sum(one.load_cycles for one in schedules)
        for convolution in convolutions:
            result = convolution.run(done)
            assert np.array_equal(result.output, result.expected)
            assert result.cycles == result.model_cycles  # `run` refuses anything else, too
            rows = np.concatenate(result.run.row_cycles)
            assert rows[-1] == result.cycles
            assert (np.diff(rows) > 0).all()

    check()


@pytest.mark.parametrize(("act_bits", "weight_bits"), [(2, 2), (8, 8), (9, 8), (16, 16), (2, 16)])
def test_extreme_values(act_bits, weight_bits):
    layer = ConvLayer.from_shapes((1, 6, 4), (2, 6, 2))
    config = ArrayConfig(
        rows=2, cols=2, dot=2, act_bits=act_bits, weight_bits=weight_bits, acc_bits=48
    )
    x = np.full(layer.x_shape, -(1 << act_bits - 1))
    w = np.full(layer.w_shape, -(1 << weight_bits - 1))
    result = Convolution.prepare(config, x, w).run(AmaranthSimulator())
    assert (result.output == 12 * (1 << act_bits + weight_bits - 2)).all()


def test_a_layer_that_does_not_end(monkeypatch):
    # With half of its pixel tiles' cycles forgotten, the model's limit comes first.
    tiling = DenseTiling(ArrayConfig(rows=1, cols=1), ConvLayer.from_shapes((1, 1, 50), (1, 1, 1)))
    x, w = np.ones((1, 1, 50), dtype=np.int64), np.ones((1, 1, 1), dtype=np.int64)
    step = Step.of(tiling, {"act": act_words(tiling, x), **tiling.in_banks(tiling.lay_weight(w))})
    monkeypatch.setattr("convolith.sim.engines.interpreted.bench.SLACK", 10)
    with pytest.raises(SimulationError, match="^the layer has not ended after 30 cycles$"):
        AmaranthSimulator().run([replace(step, cycles=20)])


def test_progress_is_reported():
    layer = ConvLayer.from_shapes((1, 1, 400), (1, 1, 1))
    config = ArrayConfig(rows=1, cols=1)
    convolution = Convolution.prepare(config, np.ones(layer.x_shape), np.ones(layer.w_shape))
    seen: list[int] = []
    convolution.run(AmaranthSimulator(), progress=lambda done, _: seen.append(done))
    assert seen == sorted(seen)
    assert len(seen) >= 3
