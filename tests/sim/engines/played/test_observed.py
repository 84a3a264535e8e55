"""Outputs that break a rule, and how each is told."""

import numpy as np
import pytest
from icarus_play import needs_icarus
from small_rounds import small_round

from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.expected import check_run
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.engines.played.icarus import IcarusPlayer
from convolith.sim.engines.played.observed import observed_run
from convolith.sim.engines.played.ports import output_ports
from convolith.sim.engines.played.stimulus import Stimulus

pytestmark = needs_icarus
ROUND = small_round("tflite", waits=True, stream="results")


@pytest.fixture(scope="module")
def played():
    """A program, its table, and what the core made of it."""
    program = ROUND.program
    stimulus = Stimulus.of(program, ROUND.environment)
    found = IcarusPlayer().build(program[0].config)(stimulus)
    names = [port.name for port in output_ports(program[0].config)]
    return program, stimulus, found, names


def observed(played, *changes):
    """The run, after changes: the clock cycle, the port, and its value."""
    program, stimulus, found, names = played
    found = [list(line) for line in found]
    for clock, name, value in changes:
        found[clock][names.index(name)] = value
    return observed_run(program, stimulus, found, ready=True, wall_s=0.0)


def first(played, name, value=1, *, after=0):
    """The first clock cycle in which a port has a value."""
    _, _, found, names = played
    at = names.index(name)
    return next(i for i, line in enumerate(found) if i >= after and line[at] == value)


def test_a_right_run(played):
    program = played[0]
    run = observed(played)
    check_run(run, program, ROUND.environment)
    for rows, wanted in zip(run.rows, ModelSimulator().run(program).rows, strict=True):
        np.testing.assert_array_equal(rows, wanted)
    assert run.simulated == len(played[1].lines)


def test_what_may_not_be(played):
    start = played[1].starts[0]
    valid = first(played, "results__valid")
    waits = next(
        clock for clock in range(valid, len(played[2]))
        if played[2][clock][played[3].index("results__valid")]
        and not played[1].lines[clock][-1]
    )
    for changes, sentence in (
        ([(start, "i_layer__ready", 0)], "step 1 was not taken, the core was not ready"),
        ([(valid, "results__valid", None)], f"results__valid is undefined in clock cycle {valid}"),
        ([(valid, "results__payload", None)],
         f"results__payload is undefined in clock cycle {valid}"),
        ([(valid, "o__valid", 1)], "something came on o, where nothing may come"),
        ([(waits + 1, "results__valid", 0)],
         f"results changed in clock cycle {waits + 1}, while it had to wait"),
        ([(waits + 1, "results__payload", 1)],
         f"results changed in clock cycle {waits + 1}, while it had to wait"),
        ([(3, "results__valid", 1)], "results__valid is 1 before the first step"),
        ([(2, "i_act__ready", 0)], "a word of act was not taken in clock cycle 2"),
    ):
        with pytest.raises(SimulationError) as error:
            observed(played, *changes)
        assert str(error.value) == sentence


def test_a_table_that_ends_early(played):
    program, stimulus, found, _ = played
    with pytest.raises(SimulationError, match=r"the simulation ended after 9 of \d+ clock cycles"):
        observed_run(program, stimulus, found[:9], ready=True, wall_s=0.0)


def test_rows_too_many_and_too_few(played):
    rows = len(observed(played).rows[0])
    clock = first(played, "results__valid")
    one = next(i for i in range(clock, len(played[2])) if played[1].lines[i][-1])
    late = played[1].ends(0)
    assert len(observed(played, (late, "results__valid", 1)).rows[0]) == rows + 1
    run = observed(played, *((i, "results__valid", 0) for i in range(clock, one + 1)))
    assert len(run.rows[0]) == rows - 1
