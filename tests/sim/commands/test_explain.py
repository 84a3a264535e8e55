"""``convolith explain``: the tutorial's sums, term by term."""

import re

import numpy as np
import pytest
from cli_run import GOOD, SMALL

from convolith.sim.commands.cli import main


def explain(*words):
    return main(["explain", "--sim", "amaranth", *words])


def test_an_output_of_the_tutorial(capsys):
    """y[0, 1, 1, 1] of the 2D case with channels, which the tutorial prints as -17.5."""
    assert explain("--tutorial", "2D channels", "--output", "0,1,1,1") == 0
    text = capsys.readouterr().out
    number = r"(-?[\d.]+)"
    lines = re.findall(
        rf"^ *(\d+)  \((\d), (\d)\)  (x.*\]) +{number} \* {number} = {number} +{number}$",
        text, re.MULTILINE,
    )
    assert len(lines) == 27
    # By hand: channel 0 is 1..9 in the middle, the filter's rows are 1 and -1.
    sums = [float(line[-1]) for line in lines]
    assert sums[0] == 1
    assert sums[-1] == -17.5
    assert [b - a for a, b in zip(sums, sums[1:], strict=False)] == [
        float(line[6]) for line in lines[1:]
    ]
    assert all(float(line[4]) * float(line[5]) == float(line[6]) for line in lines)
    assert "y[0, 1, 1, 1] is -17.5, and left the core in cycle 74.\n" in text


def test_a_cycle(capsys):
    assert explain("--tutorial", "1D", "--cycle", "41") == 0
    assert capsys.readouterr().out == (
        "Cycle 41: PE (0, 0) adds x[0, 0, 9] * w[0, 0, 1] = 9 * 0 = 0 to y[0, 0, 8]: "
        "-8 becomes -8 (2 of 3 products).\n"
    )
    assert explain("--tutorial", "1D", "--cycle", "1") == 0
    assert "PE (0, 0) adds no product of an output; its sum is " in capsys.readouterr().out


def test_the_first_product(capsys):
    assert explain("--tutorial", "1D", "--cycle", "43") == 0
    assert capsys.readouterr().out == (
        "Cycle 43: PE (0, 0) begins the sum of y[0, 0, 9] with x[0, 0, 9] * w[0, 0, 0] = 9 * -1 = "
        "-9: -9 (1 of 3 products).\n"
    )


@pytest.mark.parametrize("words", [["--output", "0,1,1,1"], ["--cycle", "41", "--pe", "2,1"]])
def test_a_layer_that_is_too_long_for_all_of_it(capsys, monkeypatch, words):
    """Only the cycles that matter are recorded; what is said of them is the same."""
    assert explain("--tutorial", "2D channels", *words) == 0
    whole = capsys.readouterr().out
    monkeypatch.setattr("convolith.sim.watch.recorded.recording.MOST_PE_CYCLES", 600)
    assert explain("--tutorial", "2D channels", *words) == 0
    part = capsys.readouterr().out
    assert part == re.sub(r" \(\d+ of 27 products\)", "", whole)


def test_a_pe_without_an_output(files, capsys):
    """Of a layer with shared words, whose PEs all get operands."""
    np.save("one.npy", np.ones((1, 1, 1, 1), dtype=int))
    for cycle in (1, 18):
        words = ["--input", "one.npy", "--weight", "one.npy", "--rows", "4", "--cols", "4"]
        assert explain(*words, "--cycle", str(cycle), "--pe", "1,0") == 0
        assert "PE (1, 0) adds no product of an output" in capsys.readouterr().out


def test_a_fault(capsys):
    words = ["--tutorial", "1D", "--fault", "0,0,3,44", "--output", "0,0,9"]
    assert explain(*words) == 1
    assert "y[0, 0, 9] is -1, and left the core in cycle 49. PyTorch says -9.\n" in (
        capsys.readouterr().out
    )


def test_a_layer_from_files_in_its_own_indices(files, capsys):
    """Folded or merged on the array: the names are those of the files' tensors."""
    assert explain(*SMALL, *GOOD, "--padding", "1", "--output", "0,3,0,0") == 0
    text = capsys.readouterr().out
    assert "y[0, 3, 0, 0], 8 products:" in text
    assert "x[outside] * w[3, 0, 0, 0]" in text
    assert "x[0, 2, 0, 0] * w[3, 0, 1, 1]" in text


WRONG = """
--tutorial 1D: --cycle or --output is needed: what is to be explained
--tutorial 1D --pe 0,0 --output 0,0,0: --pe needs --cycle, in which the PE does something
--tutorial 3D --cycle 1: --tutorial must be one of 1D, 2D, 1D channels, 2D channels, 1D batch
--tutorial 1D --cycle 0: --cycle must be from 1 to 49, the layer's last, not 0
--tutorial 1D --cycle 50: --cycle must be from 1 to 49, the layer's last, not 50
--tutorial 1D --cycle 5 --pe 1,0: --pe must be from 0,0 to 0,0, not 1,0
--tutorial 1D --output 0,0,10: --output must be at most 0,0,9, not 0,0,10
--tutorial 1D --output 0,0,0,0: --output must be 3 integers for a 1D layer, not 4
--tutorial 1D --output 0,-1,0: argument --output: must be 3 or 4 integers from 0, not '0,-1,0'
--tutorial 1D --cycle 5 --pe a: argument --pe: must be 2 integers from 0, not 'a'
--tutorial 1D --cycle 5 --input x.npy: --input cannot be given with --tutorial, which has
--cycle 5: --input is needed: the convolution's input, a .npy file
"""


@pytest.mark.parametrize(
    ("words", "message"), [line.split(": ", 1) for line in WRONG.strip().splitlines()]
)
def test_bad_input(files, capsys, words, message):
    words = [word.replace("_", " ") for word in words.split()]
    try:
        status = explain(*words)
    except SystemExit as end:
        status = end.code
    assert status == 2
    assert capsys.readouterr().err.startswith(f"convolith explain: error: {message}")
