"""``convolith mutate``: mutants judged, kept, and told; bad input."""

import json

import pytest

from convolith.sim.commands.cli import main


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
