"""The stages of stimulus that mutants meet, the ones of a campaign first."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.native.library import Library
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.fuzz.features import ANOTHER, PAIRS, Pair, suits
from convolith.sim.fuzz.kinds import Kind
from convolith.sim.fuzz.numbers import Draw, drawing
from convolith.sim.fuzz.rtl_sums import HardStep
from convolith.sim.fuzz.trial import Trial
from convolith.sim.fuzz.trials import Drawn, draw_case
from convolith.sim.mutation.remembered import Remembered
from convolith.sim.mutation.stimulus import Stimulus

__all__ = ["STAGES", "Stages"]

LIMITS = Kind(
    cases=0, of_rtl=True, array={}, most_cycles=12_000,
    call={"max_macs": 12_000, "extent": 9, "kernel": 4, "channels": 8},
)
LONG = replace(
    LIMITS, most_cycles=40_000, call={"max_macs": 60_000, "extent": 24, "kernel": 9, "channels": 24}
)
LARGEST = replace(LONG, call=LONG.call | {"extent": 31, "kernel": 31})

STAGES = {
    "fuzz": 400, "pairs": 2, "depthwise": 300, "chains": 400, "partial sums": 200, "large": 600,
    "long": 300, "resets": 100, "sums": 2000, "corners": 600, "sequences": 300,
}
"""By name, in their order, with their stimuli. ``fuzz``: layers as a campaign draws them, and then
sums (`SUMS`); ``pairs``: so many for each pair of features that has not met in these;
``depthwise``: for shared words; ``chains``: of layers that store their results; ``partial sums``:
of layers in parts; ``large``: of layers with large numbers; ``sums``: of lanes only; ``corners``:
of layers with one register's largest numbers, and then sums; ``sequences``: of layers behind each
other."""

FORMS = {
    "depthwise": "depthwise", "chains": "chain", "partial sums": "summed", "large": "large",
    "corners": "corner", "sequences": "sequence",
}
"""The forms of a stage's layers (`draw_case`)."""

KINDS = {
    "fuzz": [LIMITS], "resets": [LIMITS], "sequences": [LIMITS], "chains": [LONG, LONG, LARGEST],
}
"""The limits of a stage's layers, in turns; of other stages they are those of long ones. Every
third chain begins with an extent and a kernel up to what the registers hold."""

SUMS, CORNER_SUMS, HARD_SUMS = 20, 4000, 30
"""Layers of sums in the stages ``fuzz`` and ``corners``, and sums in a layer."""

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
        self.drawn: dict[str, Remembered[Stimulus]] = {}
        self.met: set[Pair] = set()

    def __getitem__(self, stage: str) -> Iterable[Stimulus]:
        """The stimuli of a stage, each compared with PyTorch on a core without mutants."""
        if stage not in self.drawn:
            self.drawn[stage] = Remembered(self._stimuli(stage))
        return self.drawn[stage]

    def _stimuli(self, stage: str) -> Iterator[Stimulus]:
        if stage == "sums":
            yield from self._sums(1, STAGES[stage])
            return
        if stage == "pairs":
            assert list(self["fuzz"])  # which pairs these have
        draw = drawing(np.random.default_rng((self.seed, list(STAGES).index(stage))))
        for trial in self._trials(stage, draw):
            environment, program = trial.case.environment or Environment(), trial.prepared.program
            after = draw(1, program[0].cycles * 5 // 4) if stage == "resets" else 0
            stimulus = Stimulus(self.library, program, environment, reset_after=after)
            result = trial.prepared.run(self.simulator, environment=environment)
            assert result.difference is None
            stimulus.expect(self.library, result.run)
            self.met |= trial.features.pairs
            yield stimulus
        if stage == "fuzz":
            yield from self._sums(0, SUMS)
        if stage == "corners":
            yield from self._sums(2, CORNER_SUMS, corner=True)

    def _trials(self, stage: str, draw: Draw) -> Iterator[Trial]:
        """Cases of a stage that can be run."""
        if stage == "pairs":
            for pair in PAIRS:
                if suits(self.config, pair) and pair not in self.met:
                    yield from islice(_of_pair(self.config, draw, pair), STAGES[stage])
            return
        config = self.config
        needed = {
            "chains": config.store_results, "depthwise": config.shares_words,
            "partial sums": config.sum_words > 0,
        }
        if not needed.get(stage, True):
            return
        kinds = KINDS.get(stage, [LONG])
        found = 0
        while found < STAGES[stage]:
            surrounded = stage == "resets" or found % 2 > 0
            kind = kinds[found % len(kinds)]
            drawn = _drawn(config, draw, kind, surrounded=surrounded, form=FORMS.get(stage, ""))
            if drawn.trial and drawn.trial.prepared.program:
                yield drawn.trial
                found += 1

    def _sums(self, purpose: int, count: int, *, corner: bool = False) -> Iterator[Stimulus]:
        """Layers of sums that are hard to round, through the lanes."""
        for number in range(count if self.config.post_lanes else 0):
            rng = np.random.default_rng((self.seed, purpose, number))
            hard = HardStep.of(self.config, rng, HARD_SUMS, corner=corner)
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
