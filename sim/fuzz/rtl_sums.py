"""Sums that are hard to round, through the lanes of the RTL.

The sums are given as bias words, and all inputs are zero.
"""

from collections import abc
from dataclasses import dataclass

import numpy as np

from convolith.model.arrays import Ints, Words
from convolith.model.compile.bases import Bases
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.program import Step
from convolith.model.dataflow.post_rows import whole_rows
from convolith.model.layer import ConvLayer
from convolith.model.options.config import POST_MODES, ArrayConfig
from convolith.model.options.lanes import MOST_LEFT
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.output import Output
from convolith.model.quantization.tflite import IntegerRequantization
from convolith.model.quantization.words import (
    MOST_MULTIPLIER,
    parameter_values,
    parameter_words,
)
from convolith.sim.engines.contract.simulator import Simulator
from convolith.sim.fuzz.ties import float_ties, fractional, integer_ties

__all__ = ["HardStep", "hard_requantization", "wrong_sums"]

COLS, LANES = 8, 4
MOST = 1 << 31
BITS = 8
TIED = 0.4
"""The part of the sums that are ties, or next to one."""

MOST_ADDEND = 1 << 20
BARE = 0.25
"""The part of the layers whose lanes could add a float32, and do not."""

ZERO = 0.1
"""The part of the sums that are 0, with a multiplier of any size."""

JUST_ABOVE = 2.0**-9
"""So far above a power of two, as a part of it."""


@dataclass(frozen=True)
class Hard:
    """A sum per channel, and its requantization."""

    sums: Ints
    requantization: FloatRequantization | IntegerRequantization


def hard_requantization(
    mode: str, rng: np.random.Generator, count: int, *, corner: bool = False
) -> Hard:
    """Sums of all sizes and near powers of two. Results are near ties, near the ends or beyond.

    A part of the products are ties themselves (`ties`), and a part of the sums are 0. ``corner``:
    some results are just above large powers of two, and float32 totals have digits behind the point
    (`fractional`).
    """
    sums = np.exp2(rng.uniform(0, 31, count)).astype(np.int64)
    near = rng.random(count) < 0.3
    power = np.int64(1) << rng.integers(0, 31, count)
    sums = np.where(near, power + rng.integers(-2, 3, count), sums)
    sums = np.clip(sums * rng.choice((-1, 1), count), -MOST, MOST - 1)
    sums[:2] = -MOST, MOST - 1
    output = Output(
        zero_point=int(rng.integers(0, 128)), bits=BITS, signed=mode == "tflite",
        relu=bool(rng.integers(2)),
    )
    # The results to aim at: k + 1/2 for a third, otherwise numbers of all sizes.
    aim = np.exp2(rng.uniform(-3, 10, count))
    aim = np.where(rng.random(count) < 0.3, np.floor(aim) + 0.5, aim)
    if corner:
        large = np.exp2(rng.integers(BITS, 31, count)) * (1 + rng.uniform(0, JUST_ABOVE, count))
        aim = np.where(rng.random(count) < 0.5, large, aim)
    tied = rng.random(count) < TIED
    signs = rng.choice((-1, 1, 1), count)
    if mode == "tflite":
        factors, shifts = np.frexp(aim / np.maximum(np.abs(sums), 1))
        multiplier = np.clip(np.rint(factors * 2.0**31), 1 << 30, MOST - 1).astype(np.int64)
        room = 31 - np.frexp(np.abs(sums).astype(float))[1]  # to the left, without overflow
        shift = np.clip(shifts, -31, np.minimum(room, MOST_LEFT)).astype(np.int64)
        for at, (number, times, right) in zip(
            np.flatnonzero(tied), integer_ties(rng), strict=False
        ):
            sums[at], multiplier[at], shift[at] = signs[at] * number, times, -right
        return Hard(
            sums, IntegerRequantization(multiplier=multiplier, shift=shift, output=output)
        )
    total, addend = sums.astype(float), None
    if mode == "float32":
        addend = np.ldexp(rng.standard_normal(count), rng.integers(-34, 29, count))
        addend -= np.where(rng.random(count) < 0.3, total, 0)  # which cancels the sum
        addend = np.clip(addend, -MOST + 1, MOST - 1)
        total = total + addend
    factor = aim / np.maximum(np.abs(total), 1e-9)
    tiny = rng.random(count) < 0.05  # products that are hardly normal numbers
    factor = np.where(tiny, np.exp2(rng.uniform(-126, -60, count)), factor)
    most = MOST_MULTIPLIER * 0.99 if mode == "float32" else 2.0**30
    factor = np.clip(np.minimum(factor, 2.0**30 / np.maximum(np.abs(total), 1)), 2.0**-126, most)
    for at, (number, scale) in zip(
        np.flatnonzero(tied), float_ties(rng, small=corner), strict=False
    ):
        sums[at], factor[at] = signs[at] * number, scale
        if addend is not None and corner:
            whole, rest, factor[at] = fractional(rng, number, scale)
            sums[at], addend[at] = signs[at] * whole, signs[at] * rest
        elif addend is not None:
            addend[at] = rng.integers(-MOST_ADDEND, MOST_ADDEND)
            sums[at] -= int(addend[at])
    if addend is not None and rng.random() < BARE:
        addend = None
        factor = np.minimum(factor, 2.0**30 / np.maximum(np.abs(sums), 1))
    if addend is None:  # channels whose weights are zeros may have any scale
        zero = rng.random(count) < ZERO
        sums = np.where(zero, 0, sums)
        factor = np.where(zero, np.exp2(rng.uniform(-126, 127, count)), factor)
    return Hard(
        sums,
        FloatRequantization(multiplier=factor.astype(np.float32), output=output, addend=addend),
    )


@dataclass(frozen=True)
class HardStep:
    """A layer that gives hard sums to the lanes: all of its inputs are zero."""

    step: Step
    hard: Hard
    mapping: Mapping
    values: abc.Mapping[str, Ints]

    @classmethod
    def of(
        cls, config: ArrayConfig, rng: np.random.Generator, count: int, *, corner: bool = False
    ) -> "HardStep":
        """``count`` sums, a channel each, which are its bias. Its words begin anywhere."""
        hard = hard_requantization(config.post_mode, rng, count, corner=corner)
        mapping = Mapping(config, ConvLayer(IC=1, OC=count, IY=1, KY=1, dims=1), requantized=True)
        values = parameter_values(config, hard.requantization)
        tiling = mapping.tiling
        words: dict[str, Words] = {
            "act": np.zeros((tiling.act_words, config.lanes), dtype=np.int64),
            "weight": np.zeros((tiling.weight_words, config.cols), dtype=np.int64),
            "bias": mapping.bias_words(hard.sums),
            "parameters": parameter_words(config, values, mapping.bias_words),
        }
        room = config.bias_words - len(words["bias"])
        step = Step.of(
            tiling, words, bases=Bases(bias=int(rng.integers(room + 1))),
            output=hard.requantization.output, add_bias=1,
        )
        return cls(step, hard, mapping, values)

    def outputs(self, rows: Ints) -> Ints:
        """What left, a number per sum."""
        stored = self.mapping.output_tensor(whole_rows(self.step.tiling, rows)).reshape(-1)
        found: Ints = stored + self.hard.requantization.output.offset
        return found

    @property
    def expected(self) -> Ints:
        """What must leave."""
        return self.hard.requantization.apply(self.hard.sums[None])[0]


def wrong_sums(simulator: Simulator, mode: str, rng: np.random.Generator, count: int) -> str | None:
    """Runs ``count`` sums. Describes the first wrong result; None if all are right."""
    assert mode in POST_MODES
    config = ArrayConfig(rows=1, cols=COLS, post_lanes=LANES, post_mode=mode, bias_words=count)
    given = HardStep.of(config, rng, count)
    step, hard, expected = given.step, given.hard, given.expected
    run = simulator.run([step])
    if run.step_cycles != (step.cycles,):
        return f"{mode}: {run.step_cycles[0]} cycles, not {step.cycles} as the model says"
    found = given.outputs(run.rows[0])
    if np.array_equal(found, expected):
        return None
    at = int(np.argmax(found != expected))
    numbers = {name: int(of[at]) for name, of in given.values.items()}
    return (
        f"{mode}: the sum {hard.sums[at]} with {numbers} gives {found[at]}, not {expected[at]}, "
        f"to {hard.requantization.output}"
    )
