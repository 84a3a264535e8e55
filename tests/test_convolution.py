"""One convolution from tensors to a result: values, bias, floats, and what is refused."""

import numpy as np
import pytest

from convolith.model.config import ArrayConfig
from convolith.model.tutorial import CASES
from convolith.sim.amaranth_sim import AmaranthSimulator
from convolith.sim.convolution import Convolution
from convolith.sim.demo import tutorial_case
from convolith.sim.simulator import Fault, Run, SimulationError

CONFIG = ArrayConfig(rows=2, cols=2, act_words=64, weight_words=64)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_tutorials_outputs(case):
    result = tutorial_case(case).convolution.run(AmaranthSimulator())
    assert np.array_equal(result.output, case.printed)
    assert result.equal


def test_a_corrupted_expected_value_is_noticed():
    result = tutorial_case(CASES[6]).convolution.run(AmaranthSimulator())
    result.expected[1, 0, 2, 1] += 0.5
    assert not result.equal
    difference = result.difference
    assert (difference.n, difference.oc, difference.ox, difference.oy) == (1, 0, 2, 1)
    assert (difference.expected, difference.got) == (26.0, 25.5)


def test_a_corrupted_input_is_noticed():
    case = tutorial_case(CASES[3])
    case.convolution.act.ints[0, 1, 2, 2] += 1
    assert not case.convolution.run(AmaranthSimulator()).equal


def test_float_bias_at_the_scale_of_the_sums():
    x, w = np.array([[[0.5, 1.5, -2]]]), np.array([[[0.25]], [[3]]])
    bias = np.array([0.125, -7])
    result = Convolution.prepare(CONFIG, x, w, bias).run(AmaranthSimulator())
    assert result.output.tolist() == [[[0.25, 0.5, -0.375], [-5.5, -2.5, -13]]]
    assert result.equal


def test_a_bias_finer_than_the_operands():
    x, w = np.array([[[2.0, -4.0]]]), np.array([[[8.0]]])  # multiples of 2 and of 8
    result = Convolution.prepare(CONFIG, x, w, np.array([0.25])).run(AmaranthSimulator())
    assert result.output.tolist() == [[[16.25, -31.75]]]
    assert result.equal


def test_integers_stay_integers():
    x, w = np.full((1, 1, 3), 7, dtype=np.int8), np.full((1, 1, 2), -3, dtype=np.int16)
    result = Convolution.prepare(CONFIG, x, w, np.array([1])).run(AmaranthSimulator())
    assert result.output.dtype == np.int64
    assert result.output.tolist() == [[[-41, -41]]]


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("bit", [0, 17, 31])
def test_one_flipped_bit(row, bit):
    x, w = np.arange(20).reshape(1, 2, 10), np.arange(12).reshape(3, 2, 2)
    convolution = Convolution.prepare(CONFIG, x, w)
    fault = Fault(row=row, col=1, bit=bit, cycle=25)
    result = convolution.run(AmaranthSimulator(), fault=fault)
    difference = result.difference
    assert difference.oc % 2 == 1
    assert difference.ox % 2 == row
    assert difference.cycle > 25
    assert abs(difference.expected - difference.got) == 1 << bit
    assert (result.output != result.expected).sum() == 1


class WrongSimulator:
    """Another one's results, spoiled."""

    name = "wrong"

    def __init__(self, spoil):
        self.spoil = spoil

    def missing(self):
        return None

    def run(self, job):
        run = AmaranthSimulator().run(job)
        return Run(**{**vars(run), **self.spoil(run)})


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda run: {"rows": run.rows[:-1]}, "^the layer gave 2 rows of sums, not 3$"),
        (
            lambda run: {"cycles": run.cycles + 1},
            "^the layer took 24 cycles, not 23 as the model says$",
        ),
    ],
)
def test_hardware_that_breaks_its_contract(spoil, message):
    config = ArrayConfig(rows=1, cols=1)
    convolution = Convolution.prepare(config, np.ones((1, 1, 3)), np.ones((1, 1, 1)))
    with pytest.raises(SimulationError, match=message):
        convolution.run(WrongSimulator(spoil))


@pytest.mark.parametrize(
    ("x", "w", "bias", "message"),
    [
        ((1, 3, 4), (2, 3, 2), (3,), r"the bias must have the shape \(2,\), .* not \(3,\)"),
        ((1, 3, 4), (2, 3, 2), (2, 1), r"the bias must have the shape \(2,\), .* not \(2, 1\)"),
        ((1, 3, 99), (2, 3, 2), None, "act_words must be at least 198 for this layer, not 64"),
        ((1, 3, 9), (99, 3, 2), None, "weight_words must be at least 400 for this layer, not 64"),
    ],
)
def test_refused_shapes(x, w, bias, message):
    with pytest.raises(ValueError, match=message):
        Convolution.prepare(CONFIG, np.ones(x), np.ones(w), None if bias is None else np.ones(bias))


@pytest.mark.parametrize(
    ("x", "w", "bias", "message"),
    [
        (128, 1, 0, "the input must fit 8 signed bits, but 128"),
        (1, -129, 0, "the weight must fit 8 signed bits, but -129"),
        (1.0, 1.0, 2.0**-13, r"the bias must be a multiple of 2\*\*-12"),
        (np.nan, 1, 0, "the input must be finite"),
        (1, np.inf, 0, "the weight must be finite"),
        (1, 1, np.nan, "the bias must be finite, but it is nan"),
        (1, 1, np.inf, "the bias must be finite, but it is inf"),
        (1, 1, 1j, "the bias must hold integers, or floats of up to 64 bits, not complex128"),
        (1, 1, "a", "the bias must hold integers, or floats of up to 64 bits, not <U1"),
        (2.0**1000, 2.0**100, 0, r"the scale of the sums must be from .* to 2\*\*991, not 2"),
        (5e-324, 0.125, 0, r"the scale of the sums must be from 2\*\*-1022 to .*, not 2\*\*-1077"),
        (1, 1, 2**31, "acc_bits must be at least 33 for this weight and bias, not 32"),
    ],
)
def test_refused_values(x, w, bias, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Convolution.prepare(
            CONFIG, np.full((1, 1, 2), x), np.full((1, 1, 1), w), np.full(1, bias)
        )
