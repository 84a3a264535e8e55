"""The bars of utilization: each layer's, and a total that all sides have."""

from dataclasses import replace

import pytest
from networks import small_network

from convolith.sim.cycles.baseline import Baseline
from convolith.sim.cycles.layer import layer_cycles
from convolith.sim.cycles.plot import plot_utilization, utilization_bars


@pytest.fixture
def layers(tmp_path):
    _, layers, config = small_network(tmp_path)
    return layer_cycles(config, layers)


def test_the_total_is_of_common_layers(layers):
    stem, _, _, long = layers
    peer = Baseline("peer", "2x3x2", {"stem": 2 * stem.cycles, "long": long.cycles})
    names, ((_, ours), (label, theirs)) = utilization_bars(layers, [peer])
    assert names == ["stem", "deep", "wide", "long", "total of 2"]
    assert label == "peer, 2x3x2"
    assert ours[0] == pytest.approx(100 * stem.macs / (12 * stem.cycles))
    assert theirs[:3] == [pytest.approx(ours[0] / 2), 0, 0]
    macs, cycles = stem.macs + long.macs, stem.cycles + long.cycles
    assert ours[-1] == pytest.approx(100 * macs / (12 * cycles))
    assert theirs[-1] == pytest.approx(100 * macs / (12 * (cycles + stem.cycles)))
    assert utilization_bars(layers, [])[0][-1] == "total"


def test_any_name(layers, recwarn):
    """Formulas' signs are letters, and long names are cut."""
    names = ["conv$1_$x", "n" * 80, "a^b", "ü"]
    odd = [replace(layer, name=name) for layer, name in zip(layers, names, strict=True)]
    assert plot_utilization(odd, [], "a$_$").startswith(b"\x89PNG")
    assert not recwarn.list
