"""One convolution from tensors to a result: values, bias, floats, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest

from convolith.model.options.config import ArrayConfig
from convolith.model.padding import pad_input
from convolith.model.reference.tutorial import CASES
from convolith.sim.demo.cases import tutorial_case
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import Fault, Run
from convolith.sim.layers.common.reference import Reference
from convolith.sim.layers.plain.convolution import Convolution

CONFIG = ArrayConfig(rows=2, cols=2, act_words=64, weight_words=64)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_tutorials_outputs(case):
    result = tutorial_case(case).convolution.run(AmaranthSimulator())
    assert np.array_equal(result.output, case.printed)
    assert result.equal


def test_a_corrupted_expected_value_is_noticed(monkeypatch):
    convolution = tutorial_case(CASES[6]).convolution
    expected = convolution.reference.output()
    expected[1, 0, 2, 1] += 0.5
    monkeypatch.setattr(Reference, "output", lambda self: expected)
    result = convolution.run(AmaranthSimulator())
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

    def run(self, program, **watch):
        run = AmaranthSimulator().run(program, **watch)
        return Run(**{**vars(run), **self.spoil(run)})


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda run: {"rows": [run.rows[0][:-1]]}, "^the layer gave 2 rows of sums, not 3$"),
        (
            lambda run: {"step_cycles": (run.cycles + 1,)},
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
        (
            (1, 3, 99), (2, 3, 70), None,
            "act_words must be at least 70 for this layer's smallest piece, not 64",
        ),
    ],
)
def test_refused_shapes(x, w, bias, message):
    with pytest.raises(ValueError, match=message):
        Convolution.prepare(CONFIG, np.ones(x), np.ones(w), None if bias is None else np.ones(bias))


@pytest.mark.parametrize(
    ("x", "w", "bias", "message"),
    [
        (256, 1, 0, "the input must fit 8 signed bits, but 256"),
        (1, 128, 0, "the weight must fit 8 signed bits, but 128"),
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
            CONFIG, np.full((1, 1, 2), x), np.full((1, 1, 1), w), np.full(1, bias), exact=True
        )


def run_and_compare(config, x, w, bias=None, **arguments):
    result = Convolution.prepare(config, x, w, bias, **arguments).run(AmaranthSimulator())
    assert result.equal
    assert result.cycles == result.model_cycles
    return result


def test_unsigned_inputs():
    # 0 to 255 is shifted to signed; what that takes from the sums, padding included, comes back.
    x = np.array([[[0, 255, 128, 7], [255, 255, 0, 1]]], dtype=np.uint8)
    w = np.array([[[-128, 127, 3], [5, -6, 7]], [[1, 1, 1], [127, 127, 127]]])
    run_and_compare(CONFIG, x, w, padding=2)
    result = run_and_compare(CONFIG, x / 256, w, np.array([0.5, -1.0]), padding=1)
    assert result.output.dtype == np.float64
    without = ArrayConfig(rows=2, cols=2, bias_words=0)
    for bias, what in ((None, "an unsigned input"), (np.array([1, 2]), "a bias")):
        with pytest.raises(ValueError, match=f"^bias_words must be at least 1 for {what}, not 0$"):
            Convolution.prepare(without, x, w, bias)


def test_folded_words_have_their_padding_in_them():
    # Lines 0 to 2 are the input of each line of outputs, at other places of the kernel.
    config = ArrayConfig(rows=3, cols=3, lanes=5, act_words=16)
    rng = np.random.default_rng(1)
    x, w = rng.integers(-128, 128, (2, 2, 3, 8)), rng.integers(-128, 128, (4, 1, 4, 2))
    result = run_and_compare(config, x, w, padding="same", groups=2)
    assert "folded along x" in result.schedule.mapping
    inputs = [piece.input for piece in result.schedule.pieces]
    assert len(set(map(str, inputs))) < len(inputs)


def test_partial_sums_stay_in_their_memory():
    # 12 input channels in words of 2, weights for one word at a time: six parts of each sum.
    config = ArrayConfig(rows=2, cols=2, act_words=64, weight_words=6, sum_words=16)
    rng = np.random.default_rng(1)
    x, w = rng.integers(-128, 128, (1, 12, 9)), rng.integers(-128, 128, (3, 12, 3))
    result = run_and_compare(config, x, w, np.array([5, -6, 7]), padding=1)
    pieces = result.schedule.pieces
    assert [(piece.first, piece.last) for piece in pieces[:6]] == [
        (True, False), *[(False, False)] * 4, (False, True)
    ]
    assert result.as_json()["passes"] == 12
    assert [len(rows) for rows in result.run.rows[:6]] == [0] * 5 + [9]


@pytest.mark.parametrize(("dot", "multiplier"), [(1, 2), (2, 1)])
def test_a_bias_per_channel_of_depthwise_layers(dot, multiplier):
    config = ArrayConfig(rows=4, cols=4, dot=dot)
    rng = np.random.default_rng(2)
    x = rng.integers(-128, 128, (2, 11, 6, 7))
    w = rng.integers(-128, 128, (11 * multiplier, 1, 3, 3))
    result = run_and_compare(config, x, w, rng.integers(-999, 999, len(w)), padding=1, groups=11)
    assert result.schedule.mapping == "shared words by patches"


def accumulator_bits(weights, bias, fraction):
    """Of every sum of 8-bit activations before and after the bias, counted one by one."""
    sums = []
    for channel, added in zip(weights.reshape(len(weights), -1).tolist(), bias, strict=True):
        low, high = (sum(f(-128 * w, 127 * w) for w in channel) for f in (min, max))
        number = round(Fraction(added) * Fraction(2) ** fraction)
        sums += [low, high, low + number, high + number]
    return 1 + max((number if number >= 0 else ~number).bit_length() for number in sums)


@pytest.mark.parametrize("bias", [1e-3, -3.0, 1e5, -1e30])
@pytest.mark.parametrize("acc_bits", [24, 32, 48])
def test_rounded_sums_have_room_for_the_bias(bias, acc_bits):
    rng = np.random.default_rng(5)
    x, w = 1e-6 * rng.standard_normal((1, 3, 5)), rng.standard_normal((2, 3, 2))
    config = ArrayConfig(rows=2, cols=2, acc_bits=acc_bits, act_words=64, weight_words=64)
    alone = Convolution.prepare(config, x, w)
    found = Convolution.prepare(config, x, w, np.array([0.0, bias]))
    assert np.array_equal(found.weight.ints, alone.weight.ints)
    fraction = found.act.fraction + found.weight.fraction
    coarser = alone.act.fraction - found.act.fraction
    assert coarser >= 0
    for more, fits in ((0, True), (1, False)) if coarser else ((0, True),):
        bits = accumulator_bits(found.weight.ints, [0.0, bias], fraction + more)
        assert (bits <= acc_bits) == fits
    assert found.run(AmaranthSimulator()).equal


def test_exact_sums_that_a_wider_accumulator_would_hold_are_not_rounded():
    x, w = np.array([[[1.0, -2.0]]]), np.array([[[3.0]]])
    with pytest.raises(ValueError, match="^acc_bits must be at least 41 for this weight and bias"):
        Convolution.prepare(CONFIG, x, w, np.array([2.0**39]))
    far = Convolution.prepare(CONFIG, x, w, np.array([2.0**60])).run(AmaranthSimulator())
    assert far.output.tolist() == [[[2.0**60, 2.0**60]]]
    with pytest.raises(ValueError, match="^the bias must be .* and of at most 53 bits, but it is"):
        Convolution.prepare(CONFIG, x, w, np.array([2.0**60]), exact=True)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_is_judged_by_pytorchs_own(mode, monkeypatch):
    x, w = np.arange(1, 11).reshape(1, 2, 5), np.arange(1, 5).reshape(1, 2, 2)
    arguments = {"padding": 2, "padding_mode": mode}
    assert Convolution.prepare(CONFIG, x, w, **arguments).run(AmaranthSimulator()).equal

    def zeros(x, before, after, mode):
        return pad_input(x, before, after, "zeros")

    monkeypatch.setattr("convolith.sim.layers.plain.convolution.pad_input", zeros)
    assert not Convolution.prepare(CONFIG, x, w, **arguments).run(AmaranthSimulator()).equal
