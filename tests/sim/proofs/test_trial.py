"""Small sizes of some properties, and one planted error of each."""

import pytest

from convolith.sim.proofs.catalogue import PROPERTIES
from convolith.sim.proofs.trial import prove, try_planted


@pytest.mark.parametrize(
    "name", ["room", "layer_port", "countdown", "line_delay", "weight_words", "feeder", "product"]
)
def test_a_property_is_proved_and_finds_an_error(name):
    kind = PROPERTIES[name]
    assert prove(kind, kind.sizes[0]).good
    found = try_planted(kind, 0)
    assert found.good
    assert found.why
    assert found.trace.startswith("cycle")


def test_every_property_says_what_it_is():
    for name, kind in PROPERTIES.items():
        assert kind.name == name
        assert kind.says
        assert kind.sizes
        for size in kind.fast or ():
            assert size in kind.sizes
        for planted in kind.planted:
            assert any(
                all(size[key] == value for key, value in planted.at.items()) for size in kind.sizes
            ), planted
