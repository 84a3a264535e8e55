"""``convolith prove``: a property proved, told, and as JSON; bad input."""

import json

import pytest

from convolith.hw.properties.planted import Planted
from convolith.sim.commands.cli import main
from convolith.sim.proofs.catalogue import PROPERTIES


def test_the_command(tmp_path, capsys):
    path = tmp_path / "p.json"
    assert main(["prove", "--only", "product", "--jobs", "1", "--json", str(path)]) == 0
    output = capsys.readouterr().out
    count = len(PROPERTIES["product"].planted)
    assert output.startswith("property")
    assert f"{count} of {count} found" in output
    report = json.loads(path.read_text())
    assert report["good"]
    assert len(report["verdicts"]) == count + len(PROPERTIES["product"].sizes)


def test_an_error_that_is_not_found_fails_the_command(monkeypatch, capsys):
    same = Planted("hw.requantize.product", "a_low, b_low = len", "a_low, b_low = 0 or len")
    monkeypatch.setattr(PROPERTIES["product"], "planted", (same,))
    assert main(["prove", "--only", "product", "--fast", "--jobs", "1"]) == 1
    assert "a planted error was not found: hw.requantize.product" in capsys.readouterr().out


def test_the_list(capsys):
    assert main(["prove", "--list"]) == 0
    output = capsys.readouterr().out
    assert all(f"{name}: " in output for name in PROPERTIES)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--only", "odd"], f"a property must be one of {', '.join(PROPERTIES)}, not 'odd'"),
        (["--json", "folder"], "folder cannot be written: it is a directory"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    assert main(["prove", *words]) == 2
    assert capsys.readouterr().err == f"convolith prove: error: {sentence}\n"
