"""``convolith prove``: a property proved, told, and as JSON; bad input."""

import json
import os
import signal
import sys
from dataclasses import replace

import pytest

from convolith.hw.properties.planted import Planted
from convolith.sim.commands.cli import main
from convolith.sim.proofs import campaign, solver
from convolith.sim.proofs.catalogue import PROPERTIES
from convolith.sim.synthesis.tools import yosys


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


def test_a_property_that_is_named_twice_is_shown_once(capsys):
    assert main(["prove", "--only", "drain,drain", "--fast", "--no-planted", "--jobs", "1"]) == 0
    output = capsys.readouterr().out
    assert f"{len(PROPERTIES['drain'].fast)} proofs and 0 planted errors" in output
    assert "not looked for\n" in output
    assert output.endswith(
        f"\n{len(PROPERTIES['drain'].planted)} planted errors of these properties were left out\n")


def test_slow_errors_are_left_out_where_time_is_short(monkeypatch, capsys):
    quick, *others = PROPERTIES["drain"].planted
    monkeypatch.setattr(
        PROPERTIES["drain"], "planted", (quick, *(replace(one, slow=True) for one in others)))
    monkeypatch.setattr(PROPERTIES["drain"], "fast", [{"rows": 9}])
    assert main(["prove", "--only", "drain", "--fast", "--jobs", "1"]) == 0
    output = capsys.readouterr().out
    assert "1 of 1 found\n" in output
    assert output.endswith("\n3 planted errors that take long to find were left out\n")


def test_every_property_finds_an_error_where_time_is_short():
    for name, kind in PROPERTIES.items():
        assert any(not planted.slow for planted in kind.planted), name


def test_what_is_not_decided_in_time_is_not_shown(monkeypatch, capsys):
    tool = yosys()
    tool.command = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(solver, "yosys", lambda: tool)
    monkeypatch.setattr(PROPERTIES["drain"], "fast", [{"rows": 9}])
    monkeypatch.setattr(PROPERTIES["drain"], "planted", PROPERTIES["drain"].planted[:1])
    assert main(["prove", "--only", "drain", "--fast", "--seconds", "1", "--jobs", "1"]) == 1
    output, error = capsys.readouterr()
    assert "0 of 1 " in output
    assert "drain (rows=9): not decided in 1 s\n" in output
    assert "a planted error was not found (not decided in 1 s): hw.array.drain: " in output
    assert error.endswith(": 2 do not hold, are not found, or are not decided in 1 s\n")


def die(asked, seconds):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_dies_is_told(monkeypatch, capsys):
    monkeypatch.setattr(campaign, "answer", die)
    assert main(["prove", "--only", "drain", "--fast", "--jobs", "2"]) == 1
    assert capsys.readouterr().err == (
        "convolith prove: a worker process died; it may have run out of memory, which --jobs with "
        "a smaller number saves\n"
    )


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
