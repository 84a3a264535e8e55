"""The stimuli of each stage: layers and sums, each compared with PyTorch before it is used."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.native.kind import TESTED
from convolith.sim.engines.native.library import Library
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.fuzz.features import ANOTHER, PAIRS, Pair, suits
from convolith.sim.fuzz.kinds import Kind
from convolith.sim.fuzz.numbers import Draw, drawing
from convolith.sim.fuzz.rtl_sums import HardStep
from convolith.sim.fuzz.trial import Trial
from convolith.sim.fuzz.trials import Drawn, draw_case
from convolith.sim.mutation.remembered import Remembered
from convolith.sim.mutation.stage import LIMITS, STAGES, Stage
from convolith.sim.mutation.stimulus import Stimulus

__all__ = ["Stages"]

HARD_SUMS = 30
"""Sums in a layer of sums."""

ATTEMPTS = 40
"""Layers that are drawn for a pair of features."""


class Stages:
    """The stimuli of a core, each drawn when it is first needed.

    Parameters
    ----------
    config : ArrayConfig
    library : Library
        The core with mutants.
    seed : int
    """

    def __init__(self, config: ArrayConfig, library: Library, seed: int):
        self.config, self.library, self.seed = config, library, seed
        self.simulator = VerilatorSimulator()
        # Without a mutant chosen it is the core itself: no second build is needed.
        self.simulator.libraries[config.core, TESTED] = library
        self.drawn: dict[str, Remembered[Stimulus]] = {}
        self.met: set[Pair] = set()

    def __getitem__(self, name: str) -> Iterable[Stimulus]:
        """The stimuli of a stage, each compared with PyTorch on a core without mutants."""
        if name not in self.drawn:
            self.drawn[name] = Remembered(self._stimuli(name))
        return self.drawn[name]

    def _stimuli(self, name: str) -> Iterator[Stimulus]:
        stage = STAGES[name]
        if not stage.suits(self.config):
            return
        if name == "pairs":
            assert list(self["fuzz"])  # which pairs these have
        draw = drawing(np.random.default_rng((self.seed, stage.seed)))
        trials = self._of_pairs(stage, draw) if name == "pairs" else self._trials(name, draw)
        for trial in trials:
            environment, program = trial.case.environment or Environment(), trial.prepared.program
            after = draw(1, program[0].cycles * 5 // 4) if name == "resets" else 0
            stimulus = Stimulus(self.library, program, environment, reset_after=after)
            result = trial.prepared.run(self.simulator, environment=environment)
            assert result.difference is None
            stimulus.expect(self.library, result.run)
            self.met |= trial.features.pairs
            yield stimulus
        yield from self._sums(stage)

    def _of_pairs(self, stage: Stage, draw: Draw) -> Iterator[Trial]:
        """Cases of each pair of features that has not met."""
        for pair in PAIRS:
            if suits(self.config, pair) and pair not in self.met:
                yield from islice(_of_pair(self.config, draw, pair), stage.layers)

    def _trials(self, name: str, draw: Draw) -> Iterator[Trial]:
        """Cases of a stage that can be run."""
        stage, found = STAGES[name], 0
        while found < stage.layers:
            surrounded = name == "resets" or found % 2 > 0
            kind = stage.kinds[found % len(stage.kinds)]
            drawn = _drawn(self.config, draw, kind, surrounded=surrounded, form=stage.form)
            if drawn.trial and drawn.trial.prepared.program:
                yield drawn.trial
                found += 1

    def _sums(self, stage: Stage) -> Iterator[Stimulus]:
        """Layers of sums that are hard to round, through the lanes."""
        for number in range(stage.sums if self.config.post_lanes else 0):
            rng = np.random.default_rng((self.seed, stage.sums_seed, number))
            hard = HardStep.of(self.config, rng, HARD_SUMS, corner=stage.corner)
            stimulus = Stimulus(self.library, [hard.step], Environment())
            run = self.simulator.run([hard.step], environment=Environment())
            assert np.array_equal(hard.outputs(run.rows[0]), hard.expected)
            stimulus.expect(self.library, run)
            yield stimulus


def _of_pair(config: ArrayConfig, draw: Draw, pair: Pair) -> Iterator[Trial]:
    for number in range(ATTEMPTS):
        surrounded = "outputs: wait" in pair or number % 2 > 0
        form = "sequence" if ANOTHER in pair else ""
        drawn = _drawn(config, draw, LIMITS, surrounded=surrounded, form=form)
        if drawn.trial and drawn.trial.prepared.program and drawn.grants(pair):
            yield drawn.trial


def _drawn(
    config: ArrayConfig, draw: Draw, kind: Kind, *, surrounded: bool, form: str = ""
) -> Drawn:
    act_words, weight_words = ((256, 256, 64, 16)[draw(0, 3)] for _ in range(2))
    array = replace(config, act_words=act_words, weight_words=weight_words)
    drawn = draw_case(draw, array, kind, surrounded=surrounded, form=form)
    if drawn.error:
        raise drawn.error
    return drawn
