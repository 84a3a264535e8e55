"""The stages of stimulus that mutants meet, the ones of a campaign first."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.native.library import Library
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.fuzz.draw import Draw
from convolith.sim.fuzz.features import PAIRS, Pair, suits
from convolith.sim.fuzz.kinds import Kind
from convolith.sim.fuzz.rtl_sums import HardStep
from convolith.sim.fuzz.trial import Trial
from convolith.sim.fuzz.trials import Drawn, draw_case
from convolith.sim.mutation.stimulus import Stimulus

__all__ = ["STAGES", "stimuli"]

LIMITS = Kind(
    cases=0, surrounded=True, array={}, most_cycles=6_000,
    call={"max_macs": 4_000, "extent": 9, "kernel": 4, "channels": 8},
)
LONG = replace(
    LIMITS, most_cycles=20_000, call={"max_macs": 30_000, "extent": 24, "kernel": 5, "channels": 24}
)

STAGES = {"fuzz": 60, "pairs": 2, "long": 100, "resets": 20, "sums": 40}
"""By name, in their order, with their stimuli. ``pairs``: so many for each pair of features that
can meet; ``sums``: of lanes only."""

ATTEMPTS = 60
"""Layers that are drawn for a pair of features."""

HARD_SUMS = 30


def stimuli(
    stage: str, config: ArrayConfig, library: Library, simulator: VerilatorSimulator, seed: int
) -> Iterator[Stimulus]:
    """The stimuli of a stage, each compared with PyTorch on ``simulator``, which is right."""
    if stage == "sums":
        if config.post_lanes:
            yield from _sums(config, library, simulator, seed)
        return
    rng = np.random.default_rng((seed, list(STAGES).index(stage)))

    def draw(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    for trial in _trials(stage, config, draw):
        environment, program = trial.case.environment or Environment(), trial.prepared.program
        after = draw(1, program[0].cycles) if stage == "resets" else 0
        stimulus = Stimulus(library, program, environment, reset_after=after)
        result = trial.prepared.run(simulator, environment=environment)
        assert result.difference is None
        stimulus.expect(result.run)
        yield stimulus


def _trials(stage: str, config: ArrayConfig, draw: Draw) -> Iterator[Trial]:
    """Cases of a stage that can be run."""
    if stage == "pairs":
        for pair in PAIRS:
            if suits(config, pair):
                yield from islice(_of_pair(config, draw, pair), STAGES[stage])
        return
    kind = LONG if stage == "long" else LIMITS
    found = 0
    while found < STAGES[stage]:
        drawn = _drawn(config, draw, kind, surrounded=stage == "resets" or found % 2 > 0)
        if drawn.trial and drawn.trial.prepared.program:
            yield drawn.trial
            found += 1


def _of_pair(config: ArrayConfig, draw: Draw, pair: Pair) -> Iterator[Trial]:
    for number in range(ATTEMPTS):
        surrounded = "outputs: wait" in pair or number % 2 > 0
        drawn = _drawn(config, draw, LIMITS, surrounded=surrounded)
        if drawn.trial and drawn.trial.prepared.program and drawn.grants(pair):
            yield drawn.trial


def _drawn(config: ArrayConfig, draw: Draw, kind: Kind, *, surrounded: bool) -> Drawn:
    act_words, weight_words = ((256, 256, 64, 16)[draw(0, 3)] for _ in range(2))
    array = replace(config, act_words=act_words, weight_words=weight_words)
    drawn = draw_case(draw, array, kind, surrounded=surrounded)
    if drawn.error:
        raise drawn.error
    return drawn


def _sums(
    config: ArrayConfig, library: Library, simulator: VerilatorSimulator, seed: int
) -> Iterator[Stimulus]:
    """Sums that are hard to round, through the lanes."""
    for number in range(STAGES["sums"]):
        rng = np.random.default_rng((seed, 1000, number))
        hard = HardStep.of(replace(config, bias_words=HARD_SUMS), rng, HARD_SUMS)
        stimulus = Stimulus(library, [hard.step], Environment())
        run = simulator.run([hard.step], environment=Environment())
        assert np.array_equal(hard.outputs(run.rows[0]), hard.expected)
        stimulus.expect(run)
        yield stimulus
