"""``convolith run`` as users call it: outputs, exit status, and every sentence about bad input."""

import json
import shlex

import numpy as np
import pytest
import torch
from cli_run import GOOD, SMALL, run
from vcd_reader import at_each_cycle

from convolith.sim.commands.cli import main


def test_everything_at_once(files, capsys):
    status = run(
        *SMALL, "--input", "x.npy", "--weight", "w.npy", "--bias", "b.npy", "--groups", "2",
        "--stride", "2,1", "--padding", "1", "--dilation", "1,2", "--dot", "2", "--lanes", "4",
        "--act-bits", "9", "--weight-bits", "10", "--sim", "amaranth",
        "--output", "y.npy", "--json", "r.json", "--waves", "w.vcd",
    )
    assert status == 0
    x, w, b = (torch.from_numpy(np.load(f"{n}.npy").astype(np.int64)) for n in "xwb")
    expected = torch.nn.functional.conv2d(
        x, w, b, stride=(2, 1), padding=1, dilation=(1, 2), groups=2
    )
    assert np.array_equal(np.load("y.npy"), expected.numpy())
    report = json.loads((files / "r.json").read_text())
    assert report["equal"] is True
    assert report["cycles"] == report["model_cycles"]
    assert report["macs"] == 2 * 5 * 4 * 2 * 2 * 2
    assert report["utilization"] == report["macs"] / report["cycles"] / 8
    assert report["simulator"] == "amaranth"
    assert report["wall_s"] > 0
    assert report["cycles_per_s"] > 0
    assert report["layer"] == {
        "dims": 2, "input": [1, 4, 3, 5], "weight": [4, 2, 2, 2], "output": [1, 4, 2, 5],
        "stride": [2, 1], "padding": [1, 1], "dilation": [1, 2], "groups": 2, "bias": True,
        "padding_mode": "zeros",
    }
    assert report["config"]["rows"] == 2
    assert (report["config"]["act_bits"], report["config"]["weight_bits"]) == (9, 10)
    assert report["first_difference"] is None
    out = capsys.readouterr().out
    assert "1x4x3x5 * 4x2x2x2 s2,1 p1,1 d1,2 g2" in out
    assert "yes" in out
    names = {path.name for path in files.iterdir()}
    assert names >= {"y.npy", "r.json", "w.vcd", "w.gtkw"}
    assert not [name for name in names if name.startswith(".")]


def test_floats_are_fixed_point(files):
    assert run(*SMALL, "--input", "xf.npy", "--weight", "wf.npy", "--output", "y.npy") == 0
    x, w = (torch.from_numpy(np.load(name)) for name in ("xf.npy", "wf.npy"))
    assert np.array_equal(np.load("y.npy"), torch.nn.functional.conv1d(x, w).numpy())


def test_a_flipped_bit_ends_with_1(files, capsys):
    words = [*SMALL, "--input", "xf.npy", "--weight", "wf.npy", "--json", "r.json"]
    assert run(*words, "--fault", "1,0,3") == 1
    report = json.loads((files / "r.json").read_text())
    wrong = report["first_difference"]
    assert not report["equal"]
    assert (wrong["n"], wrong["oc"], wrong["ox"]) == (0, 0, 1)  # row 1's first pixel, column 0
    assert abs(wrong["expected"] - wrong["got"]) == 2**3 / 8  # bit 3 at scale 2**-3
    captured = capsys.readouterr()
    assert "NO" in captured.out
    assert captured.err.startswith(
        "convolith run: not equal to PyTorch: output (n=0, oc=0, ox=1) must be "
    )
    assert f"it left the array in cycle {wrong['cycle']}" in captured.err


def test_waves_around_the_first_error(files, capsys):
    words = ["--input", "x.npy", "--weight", "w.npy", "--groups", "2", "--rows", "2", "--cols", "2"]
    words += ["--no-depthwise", "--bias-words", "0", "--sum-words", "0"]  # builds faster
    words += ["--sim", "verilator", "--waves-around-first-error", "e.vcd", "--json", "r.json"]
    assert run(*words) == 0
    assert not (files / "e.vcd").exists()
    assert run(*words, "--fault", "1,0,3,49") == 1
    cycle = json.loads((files / "r.json").read_text())["first_difference"]["cycle"]
    sums = "sums.row_1_column_0"
    shown = at_each_cycle(files / "e.vcd", [sums, "rows_out.valid"])
    assert sorted(shown) == list(range(min(shown), cycle + 5))
    assert min(shown) <= 49
    assert shown[cycle][1] == 1
    # The same layer without the fault: the bit is flipped from cycle 50 on, until the tile's end.
    assert run(*words, "--waves", "w.vcd", "--from-cycle", "44", "--to-cycle", "50") == 0
    right = at_each_cycle(files / "w.vcd", [sums, "rows_out.valid"])
    assert sorted(right) == list(range(44, 51))
    assert right[49] == shown[49]
    assert right[50][0] ^ shown[50][0] == 8
    assert "[dumpfile] \"e.vcd\"" in (files / "e.gtkw").read_text()


def test_a_fault_that_hits_nothing_says_so(files, capsys):
    words = [*SMALL, "--input", "xf.npy", "--weight", "wf.npy"]
    assert run(*words, "--fault", "1,0,3,1") == 0
    message, command = capsys.readouterr().err.splitlines()
    assert message == "convolith run: the fault hit no sum that left the array"
    assert command == (
        "convolith run: to see it, cycle by cycle: convolith watch --sim amaranth --rows 2 "
        "--cols 2 --act-words 64 --weight-words 64 --input xf.npy --weight wf.npy --fault 1,0,3,1"
    )


@pytest.mark.parametrize("most", [None, 400])
def test_a_difference_names_the_command_that_shows_it(files, capsys, monkeypatch, most):
    """Also where the run is too long for all of it to be recorded."""
    if most:
        monkeypatch.setattr("convolith.sim.commands.watch_command.MOST_PE_CYCLES", most)
    words = [*SMALL, *GOOD, "--padding", "1", "--fault=1,0,3"]
    assert run(*words, "--waves", "w 1.vcd", "--json=r.json") == 1
    line = capsys.readouterr().err.splitlines()[-1]
    command = shlex.split(line.partition("cycle by cycle: ")[2])
    assert command[:2] == ["convolith", "watch"]
    assert not {"--waves", "w 1.vcd", "--json=r.json"} & set(command)
    assert ("--from-cycle" in command) == bool(most)
    assert main([*command[1:], "--out", "page.html"]) == 1
    assert (files / "page.html").stat().st_size > 10_000
    text = capsys.readouterr().out
    if most:
        first, last = (
            int(command[command.index(f"--{name}-cycle") + 1]) for name in ("from", "to")
        )
        assert f"  {first} to {last}  " in text
        assert last - first < most / 4


def test_hardware_that_takes_other_cycles_ends_with_1(files, capsys, monkeypatch):
    monkeypatch.setattr("convolith.model.dataflow.cycles.START_LATENCY", 4)
    status = run(*SMALL, "--input", "xf.npy", "--weight", "wf.npy", "--json", "r.json")
    assert status == 1
    assert "the hardware is wrong: the layer took" in capsys.readouterr().err
    assert not (files / "r.json").exists()


def refused(capsys, *words):
    """The one sentence on standard error of a command that ends with 2 and writes nothing."""
    words = [*SMALL, "--output", "y.npy", "--json", "r.json", "--waves", "w.vcd", *words]
    try:
        status = run(*words)
    except SystemExit as stop:  # from the argument parser
        status = stop.code
    assert status == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    prefix = "convolith run: error: "
    assert captured.err.startswith(prefix)
    return captured.err.removeprefix(prefix).rstrip()


WRONG_SHAPES = """
--weight wf.npy: the weight must have as many axes as the input, 4, not 3: its shape is (2, 3, 2)
--groups 1: the input's channels must be the weight's times groups, 2 * 1 = 2, not 4
--groups 0: groups must be positive, not 0
--dilation 5: the kernel must fit the padded input, not extend over 6 where the input with its
--stride 0: stride must be positive, not 0
--stride 1,-2: stride must be positive, not -2
--stride 1,2,3: stride must be one number or 2, not 3 numbers
--padding -1: padding must be at least 0, not -1
--bias x.npy: the bias must have the shape (4,), one value per output channel, not (1, 4, 3, 5)
"""

WRONG_ARRAYS = """
--rows 0: rows must be from 1 to 1024, not 0
--dot 3 --lanes 4: lanes must be a multiple of dot, not 4 with dot 3
--weight-bits 17: weight_bits must be from 2 to 16, not 17
--act-bits 7: the input must fit 7 signed bits, but
--acc-bits 10: acc_bits must be at least 18 for this weight, not 10: with 8-bit activations
--weight-words 3: weight_words must be at least 8 for this layer's smallest piece, not 3
--size-bits 4 --stride 16: the stride must be less than 2**size_bits = 16, not 16
"""

WRONG_WORDS = """
--stride a: argument --stride: must be a number, or one per axis such as 2,1, not 'a'
--rows two: argument --rows: invalid int value: 'two' (see convolith run --help)
--sim modelsim: the simulator must be one of amaranth, verilator, auto, not 'modelsim'
--waves w.vcd --waves-all --from-cycle 5: a window of cycles needs the simulator verilator: amaranth
--waves w.vcd --from-cycle 9 --to-cycle 8: the window of cycles must lie from 1 to
--waves w.vcd --to-cycle 0: the window of cycles must lie from 1 to
--waves w.fst --waves-all: a waveform of everything must be VCD, not FST as w.fst says
--input none.npy: the input cannot be read from none.npy: No such file or directory
--output no/y.npy: no/y.npy cannot be written: No such file or directory
--json .: . cannot be written: it is a directory
--json y.npy: y.npy cannot be written: it is named for two outputs
--json /dev/full: /dev/full cannot be written: No space left on device
--fault=: a fault must be ROW,COL,BIT or ROW,COL,BIT,CYCLE, not ''
--fault 1,2: a fault must be ROW,COL,BIT or ROW,COL,BIT,CYCLE, not '1,2'
--fault 1,3,0 --cols 6 --groups 2: a fault's column must hold an output channel, one of 2, not
--fault 9,0,0 --rows 16 --lanes 2: a fault's row must hold a pixel, one of 8, not '9,0,0'
--output x.npy: x.npy cannot be written: it is an input
--fault 2,0,0: a fault's row must be from 0 to 1, not 2
--fault 0,2,0: a fault's column must be from 0 to 1, not 2
--fault 0,0,32: a fault's bit must be from 0 to 31, not 32
--fault 0,0,0,0: a fault's cycle must be from 1 to
"""


def cases(text):
    return [line.split(": ", 1) for line in text.strip().splitlines()]


@pytest.mark.parametrize(
    ("words", "sentence"), cases(WRONG_SHAPES) + cases(WRONG_ARRAYS) + cases(WRONG_WORDS)
)
def test_bad_input(files, capsys, words, sentence):
    before = sorted(path.name for path in files.iterdir())
    assert refused(capsys, *GOOD, *words.split()).startswith(sentence)
    assert sorted(path.name for path in files.iterdir()) == before


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((4, 3)), "the input must have 3 axes (N, C, L) or 4 (N, C, H, W), not 2: "),
        (np.zeros((1, 4, 0, 5)), "the input must not be empty, but its shape is (1, 4, 0, 5)"),
        (np.full((1, 4, 3, 5), np.nan), "the input must be finite, but it is nan at [0, 0, 0, 0]"),
        (np.full((1, 4, 3, 5), -np.inf), "the input must be finite, but it is -inf at "),
        (np.full((1, 4, 3, 5), 0.1), "the input must fit 8 signed bits, but 0.1 at [0, 0, 0, 0]"),
        (np.full((1, 4, 3, 5), 300), "the input must fit 8 signed bits, but 300 at [0, 0, 0, 0]"),
        (np.zeros((1, 4, 3, 5), dtype=complex), "the input must hold integers, or floats of up"),
    ],
)
def test_bad_arrays(files, capsys, array, sentence):
    np.save("bad.npy", array)
    text = refused(capsys, "--input", "bad.npy", "--weight", "w.npy", "--groups", "2", "--exact")
    assert text.startswith(sentence)
    assert not (files / "y.npy").exists()


def test_an_unknown_option(files, capsys):
    with pytest.raises(SystemExit) as stop:
        run(*GOOD, "--colour")
    assert stop.value.code == 2
    unknown = "convolith run: error: unrecognized arguments: --colour; --cols is an option"
    assert capsys.readouterr().err == f"{unknown} (see convolith run --help)\n"
    with pytest.raises(SystemExit):
        run(*GOOD, "--zzz")
    unknown = "convolith run: error: unrecognized arguments: --zzz (see convolith run --help)\n"
    assert capsys.readouterr().err == unknown


def test_required_and_help(capsys):
    assert run() == 2
    assert "error: --input is needed: the convolution's input" in capsys.readouterr().err
    for words in (["--help"], ["run", "--help"]):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 0
        assert "Exit status: 0" in capsys.readouterr().out
