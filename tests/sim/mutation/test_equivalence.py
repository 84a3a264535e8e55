"""Proofs that a mutant does what the core does, or that it does not."""

import pytest

from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.design import mutated_design
from convolith.sim.mutation.equivalence import is_equivalent


@pytest.fixture(scope="module")
def design():
    return mutated_design("plain", CONFIGURATIONS["plain"], 1500, 1)


def found(design, **wanted):
    return next(
        mutant for mutant in design.mutants
        if all(value in getattr(mutant, name) for name, value in wanted.items())
    )


def test_faults_are_not_equivalent(design):
    """Of cells, of registers, and of what is written to a memory."""
    for wanted in (
        {"block": "hw.array.pe", "mode": "inv", "port": "A"},
        {"block": "hw.sequencer.countdown", "mode": "inv"},
        {"port": "WR_"},
    ):
        assert not is_equivalent(design, found(design, **wanted).number)


def test_no_change_is_equivalent(design):
    """A mutant of the mode none is the core."""
    number = found(design, block="hw.array.pe", mode="inv", port="A").number
    design.commands[number - 1] = design.commands[number - 1].replace("-mode inv", "-mode none")
    assert is_equivalent(design, number)
