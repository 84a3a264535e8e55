"""Campaigns: cases that are the same again, failures that are found, saved and run again."""

import json

import numpy as np
import pytest

from convolith.sim.cli import main
from convolith.sim.fuzz.campaign import Campaign
from convolith.sim.fuzz.unit import EQUAL, REFUSED, TOO_LONG, Found, Unit, run_unit
from convolith.sim.model_sim import ModelSimulator


def test_a_unit_is_the_same_again(tmp_path):
    first, second = (run_unit(Unit("model", 3, 1), tmp_path) for _ in range(2))
    assert first.counts == second.counts
    assert first.counts[EQUAL] + first.counts[REFUSED] + first.counts[TOO_LONG] == 100
    assert first.counts[EQUAL] > 80
    assert not first.failures
    assert run_unit(Unit("model", 3, 2), tmp_path).counts != first.counts


def test_the_rtl_by_its_seed(tmp_path):
    found = run_unit(Unit("amaranth", 5, 0), tmp_path)
    assert found.counts[EQUAL] >= 5
    assert not found.failures


def spoil(monkeypatch):
    """Every 8th sum or so is wrong."""
    right = ModelSimulator.run

    def wrong(self, job):
        run = right(self, job)
        for rows in run.rows:
            rows[rows % 8 == 3] += 1
        return run

    monkeypatch.setattr(ModelSimulator, "run", wrong)


def test_failures_are_found(tmp_path, monkeypatch):
    spoil(monkeypatch)
    failures = run_unit(Unit("model", 3, 1), tmp_path).failures
    assert len(failures) == 1  # the first ends it
    assert failures[0].name.startswith("model-3-1-")
    assert failures[0].why.startswith("AssertionError: not equal to PyTorch: output (n=0, ")


def test_a_refusal_without_a_reason_is_a_failure(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise ValueError("not today")

    monkeypatch.setattr("convolith.sim.convolution.plan", refuse)
    found = run_unit(Unit("model", 3, 1), tmp_path)
    assert {failure.why for failure in found.failures} >= {"ValueError: not today"}


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    few = ["--model", "101", "--verilator", "0", "--amaranth", "0", "--jobs", "1"]
    assert main(["fuzz", "--seed", "3", *few, "--json", "f.json"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("seed 3, at most 30 minutes\ncases            model\n")
    assert "all equal, in " in output
    assert "not run" not in output
    report = json.loads((tmp_path / "f.json").read_text())
    assert report["complete"] is True
    assert report["cases"]["model"]["equal"] >= 101
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.json"]


def test_a_failing_case_is_saved_and_run_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        spoil(patch)
        failure = run_unit(Unit("model", 3, 1), tmp_path).failures[0]

    def run(self, found):
        self._add(Found("model", failures=[failure]))
        found()

    monkeypatch.setattr(Campaign, "run", run)
    assert main(["fuzz", "--model", "1", "--out", "failed"]) == 1
    path = f"failed/{failure.name}.npz"
    assert f"  convolith run --replay {path}\n" in capsys.readouterr().err
    assert main(["run", "--sim", "amaranth", "--replay", path, "--output", "y.npy"]) == 0
    expected = failure.case.prepare().reference.output()
    assert np.array_equal(np.load("y.npy"), expected)


def test_nothing_begins_when_the_time_is_over():
    campaign = Campaign(seed=1, wanted={"model": 5, "amaranth": 0}, seconds=0, processes=1)
    campaign.run(lambda: None)
    assert not campaign.complete
    assert campaign.missing("model") == 5
    assert list(campaign.counts) == ["model"]


NO_CASES = ["--model", "0", "--verilator", "0", "--amaranth", "0"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (NO_CASES, "cases are needed on one simulator at least: --model 1000, say"),
        (["--out", "file"], "the folder file cannot be made: File exists"),
        (["--out", "file/new"], "the folder file/new cannot be made: Not a directory"),
        ([], "no C++ compiler is installed (/none); --verilator 0 does without"),
    ],
)
def test_nothing_begins_that_could_not_end(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Campaign, "run", lambda self, found: pytest.fail("it began"))
    (tmp_path / "file").touch()
    if not words:
        monkeypatch.setenv("CXX", "/none")
    assert main(["fuzz", *words, "--json", "f.json"]) == 2
    assert capsys.readouterr().err == f"convolith fuzz: error: {sentence}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("words", [["--minutes", "0"], ["--seed", "-1"], ["--model", "x"]])
def test_refused(words, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["fuzz", *words])
    assert exit_.value.code == 2
    assert f"argument {words[0]}: must be an integer from" in capsys.readouterr().err
