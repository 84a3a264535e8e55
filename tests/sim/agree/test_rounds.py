"""Rounds: layers behind each other, and the activation memory read back by the core."""

from dataclasses import replace

import numpy as np
import pytest
from small_rounds import small_round

from convolith.sim.agree.cases import drawn_rounds, saved_round
from convolith.sim.agree.readback import readback
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.layers.case import Case
from convolith.sim.mutation.configurations import CONFIGURATIONS


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_drawn_rounds(name):
    """As many layers as asked for; outputs wait in every other round; the same for a seed."""
    config = CONFIGURATIONS[name]
    rounds = list(drawn_rounds(config, 10, 3))
    layers = sum(round_.layers for round_ in rounds)
    assert layers >= 10
    assert layers < 10 + 4  # a chain of four
    assert [round_.environment.percent for round_ in rounds][:2] == [100, 80]
    assert [round_.environment.scrambled for round_ in rounds][:2] == [False, True]
    for round_ in rounds:
        assert len(round_.places) == len(round_.program) == len(round_.expected.rows)
        assert round_.torch_difference() == ""
    again = list(drawn_rounds(config, 10, 3))
    for one, other in zip(rounds, again, strict=True):
        words = [[step.register_word for step in round_.program] for round_ in (one, other)]
        assert words[0] == words[1]


def test_the_memory_is_read_back():
    """All words of it, in their order, as sums."""
    round_ = small_round("stored")
    rows = np.concatenate([
        rows for rows, place in zip(round_.expected.rows, round_.places, strict=True)
        if place.layer == 0
    ])
    run = ModelSimulator().run(round_.program)
    config = round_.config
    tiles = config.lanes // config.cols
    words = []
    first = 0
    for step in readback(config):
        pixels = step.tiling.layer.IY
        part = rows[first : first + tiles * pixels].reshape(tiles, pixels, config.cols)
        words.append(part.transpose(1, 0, 2).reshape(pixels, config.lanes))
        first += tiles * pixels
    np.testing.assert_array_equal(np.concatenate(words), run.stored)
    assert first == len(rows)
    assert np.unique(run.stored).size > 20


def test_no_room_for_the_identity():
    config = replace(CONFIGURATIONS["stored"], weight_words=4)
    with pytest.raises(ValueError, match="weight_words must be at least 8 to read the activation "
                       "memory back, not 4"):
        list(readback(config))


def test_saved_rounds(tmp_path):
    """Cases as files: the same program and environment."""
    round_ = small_round("stored", waits=True)
    paths = []
    for number, trial in enumerate(round_.trials):
        paths.append(tmp_path / f"{number}.npz")
        case = replace(trial.case, environment=round_.environment)
        paths[-1].write_bytes(case.content())
    found = saved_round(paths)
    assert found.environment == round_.environment
    assert found.places == round_.places
    for one, other in zip(found.program, round_.program, strict=True):
        assert one.register_word == other.register_word
        assert [one.writes(name) for name in one.words] == [
            other.writes(name) for name in other.words
        ]
    assert found.alone(found.trials[0]).layers < found.layers


def test_cases_that_cannot_be_a_round(tmp_path):
    cases = [small_round(name).trials[0].case for name in ("plain", "sums")]
    empty = replace(cases[0], x=cases[0].x[:0])
    paths = [tmp_path / f"{i}.npz" for i in range(3)]
    for path, case in zip(paths, (*cases, empty), strict=True):
        path.write_bytes(case.content())
    with pytest.raises(ValueError, match=f"all cases must be of one array; {paths[1]} has another "
                       f"than {paths[0]}"):
        saved_round(paths[:2])
    with pytest.raises(ValueError, match=f"a case must have outputs, which {paths[2]} has not"):
        saved_round([paths[0], paths[2]])
    assert saved_round(paths[:1]).environment == Environment()


def test_a_case_whose_memory_cannot_be_read_back(tmp_path):
    """Its own four words of weights fit, those of the identity do not."""
    config = replace(CONFIGURATIONS["stored"], weight_words=4)
    case = Case(config=config, x=np.ones((1, 1, 2), dtype=int), w=np.ones((1, 1, 1), dtype=int))
    path = tmp_path / "case.npz"
    path.write_bytes(case.content())
    assert case.prepare().program[0].rows == 2
    with pytest.raises(ValueError, match="weight_words must be at least 8 to read the"):
        saved_round([path])
