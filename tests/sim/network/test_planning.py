"""Planning on workers: the same as here, in the things' order, with all kinds of workers."""

from functools import partial

import pytest
from distributed import LocalCluster
from networks import small_network

from convolith.model.options.config import ArrayConfig
from convolith.sim.cycles import layer as cycles
from convolith.sim.cycles.layer import layer_cycles
from convolith.sim.network import sweep
from convolith.sim.network.planning import THIS_PROCESS, planned
from convolith.sim.network.sweep import grid
from convolith.sim.network.workers import ClusterWorkers, LocalWorkers


@pytest.fixture(scope="module", params=["here", "processes", "cluster"])
def workers(request):
    if request.param == "cluster":
        with LocalCluster(n_workers=2, threads_per_worker=1, protocol="tcp",
                          dashboard_address=None, memory_limit=0) as cluster:
            yield lambda: ClusterWorkers(cluster.scheduler_address)
    else:
        yield {"here": lambda: THIS_PROCESS,
               "processes": partial(LocalWorkers, 2, simulating=False)}[request.param]


def hexes(numbers):
    return [hex(number) for number in numbers]


def test_the_order(workers):
    found = planned(workers(), hexes, range(23), at_once=4, what="numbers")
    assert found == [hex(number) for number in range(23)]


def test_nothing(workers):
    assert planned(workers(), hexes, [], at_once=4, what="numbers") == []


def test_arrays_and_layers(workers, tmp_path, monkeypatch):
    """In calls of a few at a time, with layers whose sums are requantized."""
    monkeypatch.setattr(sweep, "AT_ONCE", 3)
    monkeypatch.setattr(cycles, "AT_ONCE", 3)
    _, layers, _ = small_network(tmp_path)
    config = ArrayConfig(rows=2, cols=3, post_lanes=1)
    axes = ([2, 3, 4], [3], [1, 2], [0, 12])
    assert grid(config, layers, *axes, workers()) == grid(config, layers, *axes)
    ours, theirs = layer_cycles(config, layers * 2, workers()), layer_cycles(config, layers * 2)
    assert [layer.as_json() for layer in ours] == [layer.as_json() for layer in theirs]


def test_a_layer_that_no_array_holds(workers, tmp_path):
    _, layers, _ = small_network(tmp_path)
    config = ArrayConfig(rows=2, cols=3, size_bits=4)
    for refused in (partial(layer_cycles, config, layers),
                    partial(grid, config, layers, [2], [3], [1], [0])):
        with pytest.raises(ValueError, match="^layer stem: the padded input.s height must be "):
            refused(workers=workers())
