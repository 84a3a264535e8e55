"""Simulators by name; `auto` takes the fastest that works here, and says so if it is another."""

import logging

import numpy as np
import pytest

from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.cli import main
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.engines.simulators import get_simulator, ready_simulator
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.layers.plain.convolution import Convolution

CONFIG = ArrayConfig(rows=1, cols=1)


def convolution():
    return Convolution.prepare(CONFIG, np.ones((1, 1, 4), dtype=int), np.ones((1, 1, 2), dtype=int))


def without_compiler(monkeypatch, folder):
    monkeypatch.setenv("CXX", str(folder / "none"))


def without_verilator(monkeypatch, folder):
    monkeypatch.setattr("convolith.sim.engines.native.toolchain.verilator_root", lambda: None)


def without_cache(monkeypatch, folder):
    (folder / "file").touch()
    monkeypatch.setenv("CONVOLITH_CACHE", str(folder / "file" / "cache"))


def with_a_failing_compiler(monkeypatch, folder):
    cxx = folder / "cxx"
    cxx.write_text('#!/bin/sh\ncase "$*" in *-c*) echo "error: odd"; exit 1;; esac\necho 1\n')
    cxx.chmod(0o755)
    monkeypatch.setenv("CXX", str(cxx))
    monkeypatch.setenv("CONVOLITH_CACHE", str(folder / "cache"))


TROUBLE = [
    (without_compiler, "no C++ compiler is installed ("),
    (without_verilator, "the Python package verilator is not installed ("),
    (without_cache, "the cache directory "),
    (with_a_failing_compiler, "cxx failed (exit status 1): error: odd"),
]


def test_names():
    assert isinstance(get_simulator("amaranth"), AmaranthSimulator)
    assert isinstance(get_simulator("verilator"), VerilatorSimulator)
    with pytest.raises(ValueError, match="must be one of amaranth, verilator, auto, not 'x'"):
        get_simulator("x")


def test_auto_is_verilator_where_it_works(caplog):
    simulator = get_simulator("auto")
    result = convolution().run(simulator)
    assert result.equal
    assert result.simulator == simulator.name == "verilator"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(("trouble", "sentence"), TROUBLE)
def test_auto_falls_back_and_says_so(tmp_path, monkeypatch, caplog, trouble, sentence):
    trouble(monkeypatch, tmp_path)
    simulator = get_simulator("auto")
    result = convolution().run(simulator)
    assert result.equal
    assert result.simulator == simulator.name == "amaranth"
    said, = (r.getMessage() for r in caplog.records if r.levelno == logging.WARNING)
    assert said.startswith(sentence)
    assert said.endswith(": using Amaranth's simulator, which is slower")


@pytest.mark.parametrize(("trouble", "sentence"), TROUBLE)
def test_a_simulator_that_is_ready_is_the_chosen_one(
    tmp_path, monkeypatch, caplog, trouble, sentence
):
    assert isinstance(ready_simulator("auto", CONFIG), VerilatorSimulator)
    trouble(monkeypatch, tmp_path)
    assert isinstance(ready_simulator("auto", CONFIG), AmaranthSimulator)
    said, = (r.getMessage() for r in caplog.records if r.levelno == logging.WARNING)
    assert said.startswith(sentence)
    with pytest.raises((ValueError, BuildError)) as refused:
        ready_simulator("verilator", CONFIG)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(("trouble", "sentence"), TROUBLE)
def test_verilator_by_name_is_refused(tmp_path, monkeypatch, capsys, trouble, sentence):
    trouble(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.ones((1, 1, 4), dtype=int))
    words = ["--input", "x.npy", "--weight", "x.npy", "--rows", "1", "--cols", "1"]
    before = {path.name for path in tmp_path.iterdir()}
    assert main(["run", "--sim", "verilator", "--output", "y.npy", *words]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith(f"convolith run: error: {sentence}")
    assert {path.name for path in tmp_path.iterdir()} - before <= {"cache"}
    # ... and `auto` works all the same.
    assert main(["run", "--output", "y.npy", *words]) == 0
    assert "using Amaranth's simulator" in capsys.readouterr().err
    assert np.load("y.npy").tolist() == [[[4]]]


def test_auto_that_cannot_show_a_window_of_everything(tmp_path, monkeypatch, capsys):
    without_cache(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.ones((1, 1, 4), dtype=np.int8))
    np.save("w.npy", np.ones((1, 1, 2), dtype=np.int8))
    words = "--waves w.vcd --waves-all --from-cycle 1 --to-cycle 2".split()
    assert main(["run", "--input", "x.npy", "--weight", "w.npy", *words]) == 2
    said = capsys.readouterr().err.splitlines()
    assert "using Amaranth's simulator" in said[0]
    assert said[-1].startswith("convolith run: error: a window of cycles needs the simulator ")
    assert not (tmp_path / "w.vcd").exists()
