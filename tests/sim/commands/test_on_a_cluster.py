"""Campaigns and mutants on a Dask cluster."""

import pytest
from distributed import LocalCluster

from convolith.sim.commands.cli import main
from convolith.sim.fuzz.journal import Journal
from convolith.sim.fuzz.kinds import CASES
from convolith.sim.fuzz.trials import Unit
from convolith.sim.fuzz.unit import run_unit
from convolith.sim.mutation.campaign import calls, made
from convolith.sim.network.workers import ClusterWorkers, LocalWorkers


@pytest.fixture(scope="module")
def address():
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, protocol="tcp",
                      dashboard_address=None, memory_limit=0) as cluster:
        yield cluster.scheduler_address


NOTHING = [
    word for kind in CASES if kind != "small" for word in (f"--{kind}", "0")
]


def test_a_campaign(address, tmp_path, monkeypatch):
    """The units are those of this machine's processes, and they are not run again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVOLITH_CACHE", str(tmp_path / "cache"))
    words = ["fuzz", "--seed", "3", *NOTHING, "--small", "50", "--cluster", address]
    assert main(words) == 0
    (first,) = (found for found in Journal(3).read() if found.number == 0)
    assert first.counts == run_unit(Unit("small", 3, 0)).counts
    monkeypatch.setattr("convolith.sim.fuzz.campaign.run_unit", None)  # nothing is left to do
    assert main([*words, "--resume"]) == 0


def test_mutants(address):
    """The verdicts are those of this machine's processes."""
    design = made("tflite", 6, 3, built=True)
    spared = {mutant.key for mutant in design.mutants}
    here, there = (
        list(workers.results(calls([design], design.mutants, 1, spared)))
        for workers in (LocalWorkers(1), ClusterWorkers(address))
    )
    assert [len(verdicts) for verdicts in here] == [6]
    assert here == there
