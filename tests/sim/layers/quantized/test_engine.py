"""What engines compute, against PyTorch's operators: formulas that are told apart."""

import numpy as np
import pytest

from convolith.model.options.config import ArrayConfig
from convolith.model.quantization import engine as engines
from convolith.model.quantization.onednn import StepwiseRequantization
from convolith.model.quantization.output import Output
from convolith.model.quantization.scales import Scales
from convolith.model.quantization.words import parameter_values
from convolith.sim.fuzz.sums import draw_sums
from convolith.sim.layers.quantized import description

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def onednn(monkeypatch):
    """A description may ask for it, though the array does not compute it."""
    monkeypatch.setattr(description, "resolve", lambda name, **_: name)


@pytest.mark.without_vnni
@pytest.mark.parametrize("seeds", [range(0, 12), range(12, 24)])
def test_onednn(onednn, seeds):
    """384,000 sums each, half of them within 2 of a tie; with bias, of both kinds of layers."""
    cases = [draw_sums("onednn", np.random.default_rng(seed)) for seed in seeds]
    assert {case.linear for case in cases} == {True, False}
    assert [case.wrong() for case in cases] == [None] * len(cases)


class ZeroPointLast(StepwiseRequantization):
    def apply(self, sums):
        rounded = StepwiseRequantization(
            scale=self.scale, bias=self.bias, inverse=self.inverse,
            output=Output(zero_point=0, bits=16, signed=True),
        ).apply(sums)
        return self.output.clamp(rounded)


class BiasFused(StepwiseRequantization):
    def apply(self, sums):
        scale, bias = (of.astype(np.float64).reshape(-1) for of in (self.scale, self.bias))
        real = (sums * scale + bias).astype(np.float32)  # exact but for one rounding
        shifted = real * self.inverse + np.float32(self.output.zero_point)
        return np.clip(np.rint(shifted), self.output.low, self.output.high).astype(np.int64)


@pytest.mark.without_vnni
@pytest.mark.parametrize("other", [ZeroPointLast, BiasFused])
def test_the_cases_tell_formulas_apart(onednn, monkeypatch, other):
    monkeypatch.setattr(engines, "StepwiseRequantization", other)
    cases = [draw_sums("onednn", np.random.default_rng(seed)) for seed in range(12)]
    assert any(case.wrong() for case in cases)


def test_by_hand_and_lanes_do_not_have_it():
    scales = Scales(input=0.5, weight=np.array([0.25]), output=0.25, per_channel=False)
    made = engines.arithmetic("onednn", scales, None, Output(zero_point=3)).requantization
    # Half of each sum, and 3: 1.5 + 3 goes to the even 4, not to 2 + 3.
    assert made.apply(np.array([[[3, 4, -5, 1000, -1000]]])).tolist() == [[[4, 5, 0, 255, 0]]]
    with pytest.raises(ValueError, match="the engine must not be onednn for lanes, which multi"):
        parameter_values(ArrayConfig(post_lanes=4), made)
