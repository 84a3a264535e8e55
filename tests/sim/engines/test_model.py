"""The model's own run of a layer: PyTorch's bits, from the words in the memories."""

import numpy as np
import pytest
from drawing import calls, configs, prepared
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import Fault, check_window
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.layers.plain.convolution import Convolution


@pytest.mark.parametrize("part", range(8))  # for the workers of a parallel run
def test_random_layers(part):
    @seed(part)
    @settings(max_examples=260)
    @given(config=configs(small=True), call=calls(max_macs=20_000), numbers=st.integers(0, 999))
    def check(config, call, numbers):
        convolution = prepared(call.case(config, numbers))
        assume(len(convolution.schedule.pieces) < 300)
        result = convolution.run(ModelSimulator())
        assert np.array_equal(result.output, result.expected)
        assert result.run.loading == convolution.schedule.load_cycles

    check()


def test_a_word_in_a_wrong_place_is_noticed():
    x, w = np.arange(60).reshape(1, 4, 15), np.arange(24).reshape(2, 4, 3)
    convolution = Convolution.prepare(ArrayConfig(rows=2, cols=2), x, w)
    weight = convolution.program[0].words["weight"]
    weight[[0, 3]] = weight[[3, 0]]
    assert not convolution.run(ModelSimulator()).equal


def test_it_has_no_rtl():
    x, w = np.ones((1, 1, 4)), np.ones((1, 1, 2))
    convolution = Convolution.prepare(ArrayConfig(rows=2, cols=2), x, w)
    with pytest.raises(ValueError, match="needs a simulator of the RTL, not model"):
        convolution.run(ModelSimulator(), fault=Fault(row=0, col=0, bit=0, cycle=1))
    with pytest.raises(ValueError, match="needs the simulator verilator, not model"):
        check_window(ModelSimulator())
