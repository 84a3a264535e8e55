"""Errors in a block's own source: put in, and taken out again."""

# amaranth: UnusedElaboratable=no

import pytest
from amaranth.hdl import *

from convolith.hw.properties.planted import Planted
from convolith.hw.sequencer.credits import Credits
from convolith.sim.proofs.catalogue import PROPERTIES
from convolith.sim.proofs.plant import planted_in

BLOCK = "hw.sequencer.credits"


def first_spare():
    return Credits(1, 4, take=Signal(), sent=Signal(), dropped=Signal()).spare.init


def test_an_error_is_there_within_the_context():
    """Also for a class that was imported before."""
    with planted_in(Planted(BLOCK, "init=depth - rows", "init=depth - rows - 2")):
        assert first_spare() == 1
    assert first_spare() == 3


@pytest.mark.parametrize(
    ("planted", "sentence"),
    [
        (Planted(BLOCK, "no such text", ""), "'no such text' must be once in .*, not 0 times"),
        (Planted(BLOCK, "self", ""), "'self' must be once in .*, not .* times"),
        (Planted(BLOCK, "Room at the output", "Room"), "must be in a function of"),
    ],
)
def test_texts_that_change_nothing_are_refused(planted, sentence):
    with pytest.raises(ValueError, match=sentence), planted_in(planted):
        pass


def test_every_planted_error_can_be_put_in():
    for kind in PROPERTIES.values():
        assert kind.planted, kind.name
        for planted in kind.planted:
            with planted_in(planted):
                pass
