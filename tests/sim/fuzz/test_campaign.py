"""Campaigns: cases that are the same again, failures that are found, saved and run again."""

import json
from collections import Counter

import numpy as np
import pytest

from convolith.model.quantization.float32 import FloatRequantization, per_channel
from convolith.sim.commands.cli import main
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.engines.native.cache import Cache
from convolith.sim.fuzz.campaign import Campaign
from convolith.sim.fuzz.features import PAIRS
from convolith.sim.fuzz.journal import Journal
from convolith.sim.fuzz.kinds import KINDS, ORDER, SUMS
from convolith.sim.fuzz.met import Met
from convolith.sim.fuzz.sums import CASES, draw_sums
from convolith.sim.fuzz.trials import REFUSED, TOO_LONG, Unit
from convolith.sim.fuzz.unit import EQUAL, Found, run_unit
from convolith.sim.layers.quantized.description import described_layer
from convolith.sim.network.executors import ExecutorError
from convolith.sim.network.workers import LocalWorkers

NO_CASES = ["--model", "0", "--small", "0", "--small-verilator", "0", "--verilator", "0",
            "--amaranth", "0", "--sums", "0",
            "--sums-verilator", "0", "--sums-amaranth", "0"]


def test_a_unit_is_the_same_again():
    first, second = (run_unit(Unit("model", 3, 1)) for _ in range(2))
    assert first.counts == second.counts
    assert first.counts[EQUAL] + first.counts[REFUSED] + first.counts[TOO_LONG] == 100
    assert first.counts[EQUAL] > 80
    assert not first.failures
    assert run_unit(Unit("model", 3, 2)).counts != first.counts


def test_small_cases():
    found = run_unit(Unit("small", 3, 1))
    assert sum(found.counts[line] for line in (EQUAL, REFUSED, TOO_LONG)) == KINDS["small"].cases
    assert found.counts[EQUAL] > 150
    assert set(ORDER) == set(KINDS) | set(SUMS)


def test_the_rtl_by_its_seed():
    found = run_unit(Unit("amaranth", 5, 0))
    assert found.counts[EQUAL] >= 5
    assert not found.failures


def test_sums_that_are_hard_to_round():
    """The model against PyTorch's operators; RTL against the model: every mode."""
    for kind in ("sums", "sums-amaranth"):
        found = run_unit(Unit(kind, 2, 0))
        assert not found.failures
        assert found.counts[EQUAL] == SUMS[kind]


@pytest.mark.parametrize("engine", ["qnnpack", "fbgemm"])
def test_the_sums_tell_formulas_apart(engine):
    """In some of them a product in float64 rounds otherwise; most outputs are within the range."""
    apart = inside = 0
    for seed in range(12):
        case = draw_sums(engine, np.random.default_rng(seed))
        layer = described_layer(case.quantized, case.w, case.bias)
        how = layer.arithmetic.requantization
        sums = (case.x - layer.input_zero_point) @ case.w.T + layer.arithmetic.bias
        assert np.abs(sums).max() < 2**31
        exact = (sums + (0 if how.addend is None else how.addend)) * how.multiplier.astype(float)
        y = layer.apply(sums)
        apart += (y != layer.output.clamp(np.rint(exact).astype(np.int64))).sum()
        inside += ((y > layer.output.low) & (y < 255)).sum()
    assert apart > 500
    assert inside > 4 * CASES


def test_a_wrong_rounding_is_found(monkeypatch):
    def wrong(self, sums):
        values = sums.astype(np.float64) + (0 if self.addend is None else per_channel(
            self.addend, sums))
        scaled = values * per_channel(self.multiplier, sums).astype(np.float64)
        return self.output.clamp(np.rint(scaled).astype(np.int64))

    monkeypatch.setattr(FloatRequantization, "apply", wrong)
    (failure,) = run_unit(Unit("sums", 2, 0)).failures
    assert failure.why == "not equal to PyTorch's qnnpack"
    assert not failure.case.prepare().run(ModelSimulator()).equal
    (failure,) = run_unit(Unit("sums-amaranth", 2, 0)).failures
    assert failure.why.startswith("int32: the sum ")
    assert failure.case is None


def spoil(monkeypatch):
    """Every 8th sum or so is wrong."""
    right = ModelSimulator.run

    def wrong(self, program, **watch):
        run = right(self, program, **watch)
        for rows in run.rows:
            rows[rows % 8 == 3] += 1
        return run

    monkeypatch.setattr(ModelSimulator, "run", wrong)


def test_failures_are_found(monkeypatch):
    spoil(monkeypatch)
    failures = run_unit(Unit("model", 3, 1)).failures
    assert len(failures) == 1  # the first ends it
    assert failures[0].name.startswith("model-3-1-")
    assert failures[0].why.startswith("AssertionError: not equal to PyTorch: output (n=")


def test_a_refusal_without_a_reason_is_a_failure(monkeypatch):
    def refuse(*_, **__):
        raise ValueError("not today")

    monkeypatch.setattr("convolith.sim.layers.plain.convolution.plan", refuse)
    found = run_unit(Unit("model", 3, 1))
    assert {failure.why for failure in found.failures} >= {"ValueError: not today"}


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    few = ["--model", "101", *NO_CASES[2:], "--jobs", "1"]
    assert main(["fuzz", "--seed", "3", *few, "--json", "f.json"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("seed 3, at most 30 minutes\ncases                  model\n")
    assert "all equal, in " in output
    assert "not run" not in output
    report = json.loads((tmp_path / "f.json").read_text())
    assert report["complete"] is True
    assert report["cases"]["model"]["equal"] >= 101
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.json"]


def test_it_goes_on(tmp_path, monkeypatch, capsys):
    """What is there counts, and has other units behind it; without --resume it begins anew."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("convolith.sim.fuzz.journal.Cache", lambda: Cache(tmp_path / "cache"))
    ran = []

    class Workers:
        def results(self, calls):
            for call in calls:
                (unit,) = call.args
                ran.append((unit.kind, unit.number))
                counts = Counter({EQUAL: 100})
                met = Met(Counter({PAIRS[0]: 2}), {"rows": (unit.number, unit.number)})
                yield Found(unit.kind, unit.number, counts=counts, met=met)

    monkeypatch.setattr("convolith.sim.commands.fuzz.make_workers", lambda args: Workers())
    words = ["fuzz", *NO_CASES, "--seed", "4", "--json", "f.json", "--model"]
    assert main([*words, "250", "--resume"]) == 0  # nothing is there
    assert ran == [("model", 0), ("model", 1), ("model", 2)]
    (path,) = (tmp_path / "cache").rglob("*.jsonl")
    with path.open("a") as file:
        file.write('\n{"kind": "mod')  # a line that was cut off
    ran.clear()
    assert main([*words, "500", "--resume"]) == 0
    assert ran == [("model", 3), ("model", 4)]
    report = json.loads((tmp_path / "f.json").read_text())
    assert report["cases"]["model"]["equal"] == 500
    assert report["ranges"]["model"]["rows"] == [0, 4]
    assert report["pairs"]["model"][" + ".join(PAIRS[0])] == 10
    ran.clear()
    assert main([*words, "100"]) == 0
    assert ran == [("model", 0)]


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """That of seed 4, in a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("convolith.sim.fuzz.journal.Cache", lambda: Cache(tmp_path / "cache"))
    return Journal(4)


def unit(number):
    met = Met(Counter({PAIRS[0]: 2}), {"rows": (3, 5)})
    return Found("model", number, counts=Counter({EQUAL: 100}), met=met)


@pytest.mark.parametrize("changed", [
    {"counts": {"equal": "x"}}, {"counts": {"equal": -1}}, {"counts": [1]}, {"kind": "spice"},
    {"kind": ["model"]}, {"number": "1"}, {"number": 1.5}, {"number": None},
    {"ranges": {"rows": ["a", "b"]}}, {"ranges": {"rows": [1]}}, {"ranges": 3},
    {"pairs": [["odd", "odder", 1]]}, {"pairs": [[[], [], 1]]}, {"pairs": [[*PAIRS[0], "x"]]},
    {"pairs": 7},
])
def test_damaged_units_are_passed_over(journal, changed):
    """A line of another form does not count, whatever is wrong with it; the others do."""
    journal.add(unit(0))
    line = json.loads(journal.path.read_text())
    with journal.path.open("a") as file:
        file.write("\n" + json.dumps(line | {"number": 1} | changed))
    journal.add(unit(2))
    assert list(journal.read()) == [unit(0), unit(2)]


def test_damaged_lines_are_passed_over(journal):
    journal.add(unit(0))
    with journal.path.open("ab") as file:
        for line in (b"123", b"null", b"true", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b"{}"):
            file.write(b"\n" + line)
    journal.add(unit(2))
    assert list(journal.read()) == [unit(0), unit(2)]


def test_a_folder_in_the_journals_place(journal, monkeypatch, capsys):
    monkeypatch.setattr(Campaign, "run", lambda *_: pytest.fail("it began"))
    journal.path.mkdir(parents=True)
    for words in ([], ["--resume"]):
        assert main(["fuzz", *NO_CASES, "--model", "1", "--seed", "4", *words]) == 2
        assert capsys.readouterr().err == (
            f"convolith fuzz: error: {journal.path} cannot be used: Is a directory\n"
        )


def test_what_was_there_is_kept_once(journal, monkeypatch, capsys):
    """It is forgotten only when there are workers."""
    monkeypatch.setattr(Campaign, "run", lambda *_: None)
    words = ["fuzz", *NO_CASES, "--model", "1", "--seed", "4"]
    assert main(words) == 0
    assert capsys.readouterr().err == ""
    journal.add(unit(0))
    before = journal.path.read_text()

    def gone(args):
        raise ExecutorError("no scheduler is there")

    with monkeypatch.context() as patch:
        patch.setattr("convolith.sim.commands.fuzz.make_workers", gone)
        assert main([*words, "--cluster", "tcp://127.0.0.1:9"]) == 2
    assert "no scheduler" in capsys.readouterr().err
    assert journal.path.read_text() == before
    assert main(words) == 0
    kept = journal.path.with_suffix(".before.jsonl")
    assert capsys.readouterr().err == (
        f"convolith fuzz: the earlier results with this seed are kept in {kept}\n"
    )
    assert kept.read_text() == before
    assert journal.path.read_text() == ""
    assert main(words) == 0
    assert capsys.readouterr().err == ""
    assert kept.read_text() == before


def test_a_failing_case_is_saved_and_run_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        spoil(patch)
        failure = run_unit(Unit("model", 3, 1)).failures[0]

    def run(self, workers, told):
        found = Found("model", 0, failures=[failure])
        self._add(found)
        told(found)

    monkeypatch.setattr(Campaign, "run", run)
    assert main(["fuzz", *NO_CASES, "--model", "1", "--out", "failed"]) == 1
    path = f"failed/{failure.name}.npz"
    assert f"  convolith run --replay {path}\n" in capsys.readouterr().err
    assert main(["run", "--sim", "amaranth", "--replay", path, "--output", "y.npy"]) == 0
    expected = failure.case.prepare().reference.output()
    assert np.array_equal(np.load("y.npy"), expected)


def test_nothing_begins_when_the_time_is_over():
    campaign = Campaign(seed=1, wanted={"model": 5, "amaranth": 0}, seconds=0)
    campaign.run(LocalWorkers(1), lambda _: None)
    assert not campaign.complete
    assert campaign.missing("model") == 5
    assert list(campaign.counts) == ["model"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (NO_CASES, "cases are needed on one simulator at least: --model 1000, say"),
        (["--out", "file"], "the folder file cannot be made: File exists"),
        (["--out", "file/new"], "the folder file/new cannot be made: Not a directory"),
        ([], ("no C++ compiler is installed (/none); --verilator 0 --small-verilator 0 "
              "--sums-verilator 0 does without")),
    ],
)
def test_nothing_begins_that_could_not_end(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Campaign, "run", lambda *_: pytest.fail("it began"))
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
