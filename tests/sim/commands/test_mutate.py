"""``convolith mutate``: mutants judged, kept, and told; bad input."""

import json
from functools import partial

import pytest

from convolith.sim.commands import mutate as command
from convolith.sim.commands.cli import main
from convolith.sim.mutation.campaign import Verdict
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.design import mutated_design
from convolith.sim.mutation.reviewed import Review


def test_the_command(tmp_path, monkeypatch, capsys):
    """A few mutants of one core: a table, JSON, a journal; what is known is not run again."""
    monkeypatch.chdir(tmp_path)
    words = ["mutate", "--configurations", "tflite", "--mutants", "8", "--seed", "3", "--jobs", "1"]
    status = main([*words, "--sample", "4", "--json", "m.json"])
    output = capsys.readouterr()
    report = json.loads((tmp_path / "m.json").read_text())
    assert report["mutants"] == 4
    assert status == (1 if any(not one["reviewed"] for one in report["survivors"]) else 0)
    assert output.out.startswith("block")
    assert "\nall " in output.out
    assert f"all stages {report['found']:.1f} %" in output.out
    assert (tmp_path / "mutate/verdicts.jsonl").read_text().count('"key"') == 4

    monkeypatch.setattr("convolith.sim.mutation.campaign._judge", None)  # nothing is left to do
    again = main([*words, "--sample", "4", "--resume", "--json", "n.json"])
    assert again == status
    assert json.loads((tmp_path / "n.json").read_text()) == report


SMALL = ["mutate", "--configurations", "tflite", "--mutants", "8", "--seed", "3", "--jobs", "1"]


def judged(monkeypatch, stages, reviews):
    """Mutants 1, 2 .. are found in these stages; an empty one: not at all."""
    verdicts = [
        Verdict(configuration="tflite", number=number, stage=stage, cause=stage and "values")
        for number, stage in enumerate(stages, 1)
    ]
    monkeypatch.setattr(command, "calls", lambda *_: iter([partial(list, verdicts)]))
    monkeypatch.setattr(command, "reviewed", lambda: reviews)
    monkeypatch.setattr(command, "CONFIGURATIONS", {"tflite": CONFIGURATIONS["tflite"]})


def test_a_new_survivor_fails_the_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    judged(monkeypatch, ["fuzz"] * 7 + [""], {})
    assert main(SMALL) == 1
    assert "convolith mutate: 1 survivors are not reviewed\n" in capsys.readouterr().err


def test_few_that_are_found_fail_the_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    judged(monkeypatch, ["fuzz"] * 6 + ["resets"] * 2, {})
    assert main(SMALL) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "convolith mutate: the stage fuzz finds 75.0 % of the mutants, and should find 92 %"
    )
    judged(monkeypatch, ["fuzz"] * 8, {})
    assert main(SMALL) == 0


def test_a_review_without_a_survivor_fails_the_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    key = ("tflite", "hw.old", "a line", "x D[0]", "inv")
    judged(monkeypatch, ["fuzz"] * 8, {key: Review("dead bit", "so")})
    assert main(SMALL) == 0  # other mutants than the list's
    monkeypatch.setattr(command, "MUTANTS", 8)
    monkeypatch.setattr(command, "SEED", 3)
    assert main(SMALL) == 1
    assert "no survivor is tflite hw.old a line x D[0] inv, which is" in capsys.readouterr().err


def test_what_counts_as_proved_must_be_proved(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    design = mutated_design("tflite", CONFIGURATIONS["tflite"], 8, 3)
    judged(monkeypatch, ["fuzz"] * 7 + [""], {design.mutants[7].key: Review("proved", "so")})
    monkeypatch.setattr(command, "CONFIGURATIONS", CONFIGURATIONS)  # a part: it has no bars
    assert main(SMALL) == 0
    monkeypatch.setattr(command, "is_equivalent", lambda *_: False)
    assert main([*SMALL, "--prove"]) == 1
    assert "convolith mutate: there is no proof of tflite 8: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--configurations", "plain,odd"],
         "a configuration must be one of plain, sums, packed, stored, float32, tflite, not 'odd'"),
        (["--out", "file"], "the folder file cannot be made: File exists"),
        (["--cluster", "tcp://127.0.0.1:1"], "no Dask scheduler answers at tcp://127.0.0.1:1"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main(["mutate", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"convolith mutate: error: {sentence}")
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_journal_that_cannot_be_read(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mutate/verdicts.jsonl").mkdir(parents=True)
    words = ["mutate", "--configurations", "tflite", "--mutants", "8", "--resume"]
    assert main(words) == 2
    assert "verdicts.jsonl cannot be used: Is a directory" in capsys.readouterr().err
