"""Campaigns and mutants on a Dask cluster."""

import json

import pytest
from distributed import LocalCluster

from convolith.sim.commands.cli import main


@pytest.fixture(scope="module")
def address():
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, protocol="tcp",
                      dashboard_address=None, memory_limit=0) as cluster:
        yield cluster.scheduler_address


NOTHING = [
    word for kind in ("model", "verilator", "amaranth", "sums", "sums-verilator", "sums-amaranth")
    for word in (f"--{kind}", "0")
]


def test_a_campaign(address, tmp_path, monkeypatch, capsys):
    """The same cases as without a cluster, and it goes on where one without ended."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVOLITH_CACHE", str(tmp_path / "cache"))
    words = ["fuzz", "--seed", "3", *NOTHING, "--minutes", "5", "--small"]
    assert main([*words, "400", "--jobs", "1", "--json", "here.json"]) == 0
    assert main([*words, "200", "--cluster", address]) == 0
    assert main([*words, "400", "--cluster", address, "--resume", "--json", "there.json"]) == 0
    here, there = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("here", "there"))
    for report in here, there:
        report.pop("seconds", None)
    assert here == there


def test_mutants(address, tmp_path, monkeypatch, capsys):
    """The verdicts are those of this machine's processes."""
    monkeypatch.chdir(tmp_path)
    words = ["mutate", "--configurations", "tflite", "--mutants", "8", "--seed", "3"]
    for where, name in (["--jobs", "2"], "here"), (["--cluster", address], "there"):
        main([*words, *where, "--sample", "4", "--out", name, "--json", f"{name}.json"])
    assert (tmp_path / "here.json").read_text() == (tmp_path / "there.json").read_text()
