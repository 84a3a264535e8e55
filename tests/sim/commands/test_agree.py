"""``convolith agree``: the table, a difference that is told and saved, and bad input."""

import json
import re
import shutil

import pytest
from icarus_play import needs_icarus

from convolith.hw.verilog import core_verilog
from convolith.sim.agree.engines import ENGINES, Engine
from convolith.sim.agree.round import Round
from convolith.sim.commands.cli import main
from convolith.sim.engines.played.icarus import IcarusPlayer
from convolith.sim.engines.played.simulator import PlayedSimulator


def wrong_verilog(config):
    """The lowest bit of the second column's sum is stuck at 1."""
    text = core_verilog(config)
    bits = config.acc_bits
    port = ".o__payload(o__payload)"
    assert port in text
    parts = f"{{o__payload[{2 * bits}:{bits + 1}], stuck, o__payload[{bits - 1}:0]}}"
    text = text.replace(port, f".o__payload({parts})", 1)
    declared = f"  output [{2 * bits}:0] o__payload;\n"
    stuck = f"  wire stuck;\n  assign o__payload[{bits}] = 1'b1;\n"
    assert declared in text
    return text.replace(declared, declared + stuck, 1)


@pytest.fixture
def broken(monkeypatch):
    """One more engine, which is wrong."""
    monkeypatch.setitem(ENGINES, "broken", Engine(
        name="broken", reads="wrong Verilog",
        make=lambda: PlayedSimulator(IcarusPlayer("broken", wrong_verilog)),
    ))


@needs_icarus
def test_engines_that_agree(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["agree", "--engines", "icarus,model,amaranth", "--configurations", "plain,tflite"]
    assert main([*words, "--layers", "5", "--seed", "4", "--json", "a.json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["engine", "reads", "layers", "rows", "cycles", "build", "s", "run",
                                "s", "same"]
    assert [line.split()[0] for line in lines[2:5]] == ["model", "amaranth", "icarus"]
    assert all(line.endswith(" yes") for line in lines[2:5])
    assert re.fullmatch(r"all the same: 10 layers, in \d+ s", lines[-1])
    report = json.loads((tmp_path / "a.json").read_text())
    assert [one["layers"] for one in report["engines"]] == [10, 10, 10]
    assert len({(one["rows"], one["cycles"]) for one in report["engines"]}) == 1
    assert all(one["differences"] == [] for one in report["engines"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@needs_icarus
def test_an_engine_that_differs(tmp_path, monkeypatch, capsys, broken):
    """It is told with its place and both values, and what is saved shows the same."""
    monkeypatch.chdir(tmp_path)
    words = ["agree", "--engines", "amaranth,broken", "--configurations", "plain"]
    assert main([*words, "--layers", "6", "--json", "a.json"]) == 1
    output = capsys.readouterr()
    assert re.search(r"^amaranth .* yes$", output.out, re.MULTILINE)
    assert re.search(r"^broken .* NO$", output.out, re.MULTILINE)
    assert "all the same" not in output.out
    told = re.search(
        r"^convolith agree: broken differs on plain, round 1: layer (\d+): row (\d+), which left "
        r"in cycle (\d+), has (-?\d+) in column 1, not (-?\d+)\n  convolith (.+)\n",
        output.err, re.MULTILINE,
    )
    place = [int(number) for number in told.groups()[:5]]
    assert place[3] == place[4] + 1
    ((difference,),) = [
        one["differences"] for one in json.loads((tmp_path / "a.json").read_text())["engines"]
        if one["engine"] == "broken"
    ]
    names = ("layer", "row", "cycle", "found", "expected")
    assert [difference[name] for name in names] == place
    again = told[6].split()
    assert again[:4] == ["agree", "--engines", "broken", "--replay"]
    assert again[4:] == ["agree/broken-plain-1.npz"]
    assert main(again) == 1
    assert "broken differs on replay, round 1: layer 1: row" in capsys.readouterr().err
    assert main(["agree", "--engines", "model,amaranth", "--replay", again[4]]) == 0


def test_what_is_not_installed(tmp_path, monkeypatch, capsys):
    """By default it is named; if it is asked for, it is an error."""
    monkeypatch.chdir(tmp_path)
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "vvp" else which(name))
    quick = {name: one for name, one in ENGINES.items() if name not in ("verilator", "cxxrtl")}
    monkeypatch.setattr("convolith.sim.commands.agree.ENGINES", quick)
    missing = "the program vvp is not installed (Debian: apt-get install iverilog)"
    assert main(["agree", "--configurations", "tflite", "--layers", "1"]) == 0
    out = capsys.readouterr().out
    for name in ("icarus", "ecp5", "ice40"):
        assert re.search(rf"^{name} .* 0  .*  not run$", out, re.MULTILINE)
        assert f"\nnot run: {name}: {missing}\n" in out
    assert main(["agree", "--engines", "amaranth,icarus"]) == 2
    assert capsys.readouterr().err == (
        f"convolith agree: error: the engine icarus cannot run: {missing}\n"
    )


@needs_icarus
def test_a_core_that_does_not_fit(tmp_path, monkeypatch, capsys):
    """By default it is named; an engine that is asked for must have one of the cores."""
    monkeypatch.chdir(tmp_path)
    words = ["agree", "--configurations", "plain", "--layers", "1"]
    reason = "rows * cols * dot must need at most 8 multiplier"
    assert main([*words, "--engines", "ice40"]) == 2
    assert capsys.readouterr().err.startswith(
        f"convolith agree: error: the engine ice40 cannot run on plain: {reason}"
    )
    few = {name: ENGINES[name] for name in ("model", "ice40")}
    monkeypatch.setattr("convolith.sim.commands.agree.ENGINES", few)
    assert main(words) == 0
    out = capsys.readouterr().out
    assert re.search(r"^ice40 .* not run$", out, re.MULTILINE)
    assert f"\nnot run: ice40 on plain: {reason}" in out


def test_the_model_runs_always(tmp_path, monkeypatch, capsys):
    """What the other engines are compared with is compared with PyTorch."""
    monkeypatch.chdir(tmp_path)
    words = ["agree", "--engines", "amaranth", "--configurations", "plain", "--layers", "1"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["model", "amaranth"]
    monkeypatch.setattr(Round, "torch_difference", lambda self: "odd")
    assert main(words) == 1
    assert "model differs on plain, round 1: odd" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--engines", "amaranth,spice"],
         f"an engine must be one of {', '.join(ENGINES)}, not 'spice'"),
        (["--configurations", "odd"],
         "a configuration must be one of plain, sums, packed, stored, float32, tflite, not 'odd'"),
        (["--replay", "file"],
         "the case must be a file that a campaign has saved, which file is not"),
        (["--replay", "none.npz"],
         "the case cannot be read from none.npz: No such file or directory"),
        (["--replay", "file", "--layers", "3"],
         "--layers cannot be given with --replay, which draws nothing"),
        (["--configurations", "plain", "--layers", "1", "--out", "file"],
         "the folder file cannot be made: File exists"),
        (["--configurations", "plain", "--layers", "1", "--json", "no/a.json"],
         "no/a.json cannot be written: No such file or directory"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main(["agree", *words]) == 2
    assert capsys.readouterr().err == f"convolith agree: error: {sentence}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
