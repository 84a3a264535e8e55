"""The layers that all simulators run: drawn as a campaign draws them, or from saved cases."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from convolith.model.options.config import ArrayConfig
from convolith.sim.agree.round import Round
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.fuzz.kinds import Kind
from convolith.sim.fuzz.numbers import Draw, drawing
from convolith.sim.fuzz.trial import Trial
from convolith.sim.fuzz.trials import draw_case
from convolith.sim.layers.replay import load_case

__all__ = ["drawn_rounds", "saved_round"]

LIMITS = Kind(
    cases=0, array={}, most_cycles=2_000,
    call={"max_macs": 3_000, "extent": 8, "kernel": 4, "channels": 6},
)
"""Layers that a netlist runs in seconds."""

CASES = 4
"""In a round."""

PERCENTS = (80, 50, 25)
"""Outputs that wait are ready in so many cycles, per cent."""


def drawn_rounds(config: ArrayConfig, layers: int, seed: int) -> Iterator[Round]:
    """Rounds with so many layers together, or a few more, as a chain is not cut.

    In every other one the outputs wait, and registers that do not count change.

    Raises
    ------
    ValueError
        If the array refuses a layer that it should take.
    """
    draw, number = drawing(np.random.default_rng(seed)), 0
    while layers > 0:
        environment = Environment()
        if number % 2:
            environment = Environment(
                percent=PERCENTS[number // 2 % len(PERCENTS)], scrambled=True,
                seed=draw(0, (1 << 32) - 1),
            )
        trials: list[Trial] = []
        while len(trials) < CASES and sum(len(trial.layers) for trial in trials) < layers:
            trials.append(_drawn(draw, config))
        found = Round(trials=trials, environment=environment)
        yield found
        layers -= found.layers
        number += 1


def _drawn(draw: Draw, config: ArrayConfig) -> Trial:
    """A case that can be run."""
    while True:
        drawn = draw_case(draw, config, LIMITS, surrounded=False)
        if drawn.error:
            raise ValueError(str(drawn.error)) from drawn.error
        if drawn.trial and drawn.trial.prepared.program:
            return drawn.trial


def saved_round(paths: Sequence[Path]) -> Round:
    """Saved cases, behind each other, in the first one's environment.

    Raises
    ------
    TypeError, ValueError
        If a file cannot be read, its case cannot run behind the others, or the activation memory
        cannot be read back.
    """
    cases = [load_case(path) for path in paths]
    trials: list[Trial] = []
    for path, case in zip(paths, cases, strict=True):
        if case.config != cases[0].config:
            raise ValueError(f"all cases must be of one array; {path} has another than {paths[0]}")
        parts = Trial(case=case, prepared=case.prepare()).parts
        if not all(part.prepared.program for part in parts):
            raise ValueError(f"a case must have outputs, which {path} has not")
        trials += parts
    found = Round(trials=trials, environment=cases[0].environment or Environment())
    assert found.program  # compiled here, where it may be refused
    return found
