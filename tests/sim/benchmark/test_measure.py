"""The benchmark's parts on small things; `make bench` itself takes ten minutes."""

import stat
import sys
from dataclasses import replace

import pytest
from networks import small_network

from convolith.sim.benchmark.error import BenchmarkError
from convolith.sim.benchmark.measure import (
    VARIANTS,
    Build,
    Network,
    Speed,
    measure_build,
    measure_networks,
    measure_speed,
)
from convolith.sim.benchmark.memory import run_measured
from convolith.sim.benchmark.page import page
from convolith.sim.benchmark.scalesim import run_scalesim
from convolith.sim.commands.cli import main
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.verilator import VerilatorSimulator


def fake_python(folder, script):
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_scalesim_gets_padded_layers(tmp_path):
    _, layers, config = small_network(tmp_path)
    report = '{"cycles": [3, 4], "wall_s": 0.5}'
    python = fake_python(tmp_path, f"cp net.csv scale.cfg {tmp_path}; echo '{report}'")
    assert run_scalesim(python, config, layers[:3:2]) == (7, 0.5)
    lines = (tmp_path / "net.csv").read_text().splitlines()
    assert lines[1:] == ["stem, 19, 15, 3, 3, 3, 8, 2, ", "wide, 9, 7, 1, 1, 8, 30, 1, "]
    assert "ArrayHeight = 2\nArrayWidth = 3\n" in (tmp_path / "scale.cfg").read_text()


def test_scalesim_that_fails(tmp_path):
    _, layers, config = small_network(tmp_path)
    python = fake_python(tmp_path, "echo one >&2; echo two >&2; exit 1")
    with pytest.raises(BenchmarkError, match="^SCALE-Sim failed: two$"):
        run_scalesim(python, config, layers)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [(None, "none cannot be run: No such file"), ("exit 1", "must have scalesim==3.0.0, but ")],
)
def test_an_interpreter_without_scalesim(tmp_path, capsys, script, sentence):
    python = fake_python(tmp_path, script) if script else tmp_path / "none"
    out = tmp_path / "page.md"
    assert main(["bench", "--scalesim-python", str(python), "--out", str(out)]) == 2
    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_speed(tmp_path):
    _, layers, config = small_network(tmp_path)
    native = measure_speed(VerilatorSimulator(), config, layers[:1], 3)
    amaranth = measure_speed(AmaranthSimulator(), config, layers[:1], 1)
    assert native.macs == amaranth.macs == layers[0].layer.macs
    assert native.cycles < amaranth.cycles  # which loads its memories
    assert native.cycles_per_s > 20 * amaranth.cycles_per_s


def test_memory_is_that_of_all_processes():
    hold = "x = bytearray(100 << 20); import time; time.sleep(0.5)"
    both = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}]); {hold}"
    assert 200 < run_measured([sys.executable, "-c", both]) < 300
    with pytest.raises(BenchmarkError, match="failed .exit status 3.$"):
        run_measured([sys.executable, "-c", "raise SystemExit(3)"])


def test_network(tmp_path):
    path, _, config = small_network(tmp_path)
    lanes = replace(config, act_bits=8, post_lanes=1)
    plain, quantized = measure_networks([(path, config), (path, lanes)], 2, 1)
    for network in (plain, quantized):
        assert network.report["total"]["equal"]
        assert network.wall_s > 0.5
        assert 50 < network.memory_mib < 4096
    assert (plain.lanes, quantized.lanes) == (0, 1)
    assert not plain.report["quantized"]
    assert quantized.report["quantized"]


def test_build(tmp_path):
    _, layers, config = small_network(tmp_path)
    build = measure_build(config, VARIANTS[3], layers[:1], 1)
    assert (build.array, build.variant) == ("2x3x2", VARIANTS[3])
    assert build.wall_s > 1
    assert build.speed.cycles > 100


def test_page():
    fast, slow = Speed(3000, 0.01, 5_000_000), Speed(1000, 1.0, 0)
    total = {"layers": 2, "macs": 3e9, "cycles": 100, "model_cycles": 100, "equal": True,
             "simulation_s": 1.0, "other_s": 0.25}
    networks = [
        Network("net", "8x8x4", 0, {"total": total}, 2.5, 300),
        Network("net", "8x8x4", 4, {"total": total}, 3.0, 300),
        Network("off", "8x8x4", 0, {"total": total | {"model_cycles": 101}}, 2.5, 300),
    ]
    text = page("two layers", {"slow one": slow, "Verilator": fast}, {"8x8x4": fast}, networks,
                [Build("8x8x4", "-O2", 12.34, fast)])
    assert "| slow one | 1,000 | 1.000 | 1,000 | 300x |" in text
    assert "| 8x8x4 | 300,000 | 500 |" in text
    assert "* net on 8x8x4: bytes take 1.20 times as long as sums\n" in text
    assert "| net | 8x8x4 | bytes, 4 lanes | 2 | 3.00 | 100 | yes | 3.0 s" in text
    assert "| net | 8x8x4 | sums | 2 | 3.00 | 100 | yes | 2.5 s | 1.0 s | 0.2 s | 300 |" in text
    assert "| off | 8x8x4 | sums | 2 | 3.00 | 100 | NO |" in text
    assert "| 8x8x4 | -O2 | 12.3 s | 300,000 |" in text
    assert "make bench" in text
