"""What goes into ``convolith run``: batches, padding, standard output, Ctrl-C at the beginning."""

import json
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from cli_run import GOOD, SMALL, run
from torch.nn import functional

from convolith.sim.commands.cli import ended_tidily

CONV2D = ["--input", "x.npy", "--weight", "w.npy", "--groups", "2"]


def arrays(*names):
    return [torch.from_numpy(np.load(f"{name}.npy")).double() for name in names]


@pytest.mark.parametrize(
    ("padding", "sides"),
    [("1,2,0,3", (1, 2, 0, 3)), ("0,0,2,0", (0, 0, 2, 0)), ("1,2", (2, 2, 1, 1))],
)
def test_padding_per_side_is_in_the_order_of_pytorchs_pad(files, padding, sides):
    assert run(*SMALL, *CONV2D, "--padding", padding, "--output", "y.npy", "--json", "r.json") == 0
    x, w = arrays("x", "w")
    expected = functional.conv2d(functional.pad(x, sides), w, groups=2)
    assert np.array_equal(np.load("y.npy"), expected.numpy())
    left, right, top, bottom = sides
    layer = json.loads((files / "r.json").read_text())["layer"]
    assert layer["padding"] == [top, left]
    assert layer.get("padding_after", layer["padding"]) == [bottom, right]


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_padding_per_side_in_1d_and_in_other_modes(files, mode):
    words = ["--input", "xf.npy", "--weight", "wf.npy", "--padding", "0,3", "--padding-mode", mode]
    assert run(*SMALL, *words, "--output", "y.npy") == 0
    x, w = arrays("xf", "wf")
    expected = functional.conv1d(
        functional.pad(x, (0, 3), mode="constant" if mode == "zeros" else mode), w
    )
    assert np.array_equal(np.load("y.npy"), expected.numpy())


def test_without_a_batch_and_with_an_empty_one(files, capsys):
    x, w = arrays("x", "w")
    for given in (x[0], x[:0]):
        np.save("given.npy", given.numpy())
        words = ["--input", "given.npy", *CONV2D[2:], "--padding", "1"]
        assert run(*SMALL, *words, "--output", "y.npy", "--json", "r.json") == 0
        expected = functional.conv2d(given, w, padding=1, groups=2).numpy()
        assert np.load("y.npy").shape == expected.shape
        assert np.array_equal(np.load("y.npy"), expected)
    report = json.loads((files / "r.json").read_text())
    nothing = ("cycles", "model_cycles", "macs", "utilization", "load_cycles", "passes")
    assert [report[name] for name in nothing] == [0] * 6
    assert report["equal"] is True
    assert "0x4x3x5 * 4x2x2x2" in capsys.readouterr().out
    assert run(*SMALL, *words, "--plan") == 0


def test_json_on_standard_output(files, capsys):
    assert run(*SMALL, *GOOD, "--json", "-", "--output", "y.npy") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["equal"] is True
    assert "utilization" in err  # the table
    assert not (files / "-").exists()
    assert run(*SMALL, *GOOD, "--plan", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["pieces"]
    assert run(*SMALL, *GOOD, "--json", "-", "--groups", "3") == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--waves", "-"], "a waveform must be a file, not standard output (-)"),
        (["--json", "-", "--output", "-"], "- cannot be written: it is named for two outputs"),
        (["--input", "none.npy", "--waves", "w.vcd"],
         "a waveform needs a layer with outputs, not an empty batch"),
        (["--input", "none.npy", "--fault", "0,0,1"],
         "a fault must be in a layer with outputs, not '0,0,1' in an empty batch"),
        (["--bias", "large.npy"],
         ("the bias must be a multiple of 2**0, the finest scale of the sums, and of at most 53 "
          "bits, but it is 9007199254740993 at [1]")),
        (["--padding", "1,2,3"], "padding must be one number, 2 or 4, not 3 numbers"),
        (["--padding", "1,2,3,-4"], "padding must be at least 0, not -4"),
    ],
)
def test_refused(files, capsys, words, message):
    np.save("none.npy", np.zeros((0, 4, 3, 5)))
    np.save("large.npy", np.array([1, 2**53 + 1, 1, 1]))
    before = set(files.iterdir())
    assert run(*SMALL, *GOOD, *words) == 2
    assert capsys.readouterr().err == f"convolith run: error: {message}\n"
    assert set(files.iterdir()) == before


def test_no_output_is_begun_before_what_can_be_refused(files, monkeypatch):
    """A waveform's name is looked at before a simulator is built."""

    def build(*_, **__):
        raise AssertionError("it is built")

    monkeypatch.setattr("convolith.sim.engines.amaranth.AmaranthSimulator.prepare", build)
    assert run(*SMALL, *GOOD, "--waves", "no/w.vcd") == 2


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_import_of_pytorch(monkeypatch, signum):
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.default_int_handler)
    spec = SimpleNamespace(_initializing=True)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(__spec__=spec))
    waited = []

    def importing():
        signal.raise_signal(signum)
        time.sleep(0.2)
        waited.append(True)
        spec._initializing = False
        time.sleep(5)

    with pytest.raises(KeyboardInterrupt), ended_tidily():
        importing()
    assert waited


def test_ctrl_c_while_it_imports(files):
    # Where the tests run in a shell's background, SIGINT is ignored, and children inherit that.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import convolith.__main__ as command\n"
        "print('begins', flush=True); sys.exit(command.main())"
    )
    arguments = ["run", "--sim", "amaranth", *SMALL, *GOOD, "--json", "r.json"]
    for wait in (0.0, 0.1, 0.3, 0.6, 0.9):
        process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "begins\n"
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        ended = process.returncode == 0  # a fast machine
        assert ended or process.returncode == 130
        assert ended or err in ("convolith: interrupted\n", "convolith run: interrupted\n")
        assert not ended or (files / "r.json").exists()
        if (files / "r.json").exists():  # whole, also if the signal came after it was written
            assert json.loads((files / "r.json").read_text())["equal"] is True
