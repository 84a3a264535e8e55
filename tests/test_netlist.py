"""Synthesized netlists compute: the tutorial's cases, the same bits and the same cycles."""

import shutil

import pytest

from convolith.model.config import ArrayConfig
from convolith.model.tutorial import CASES
from convolith.sim.bench.runner import run_bench
from convolith.sim.synthesis.netlist import netlist
from convolith.sim.synthesis.target import TARGETS

BENCH = "convolith.sim.bench.tutorial_bench"
CONFIG = ArrayConfig(rows=2, cols=2, dot=2, act_words=128, weight_words=128)


@pytest.mark.parametrize("target", ["ecp5-25k", "ice40up5k"])
def test_tutorial(tmp_path, target):
    if not shutil.which("iverilog"):
        pytest.skip("Icarus is not installed (Debian: apt-get install iverilog)")
    path = netlist(CONFIG, TARGETS[target], tmp_path)
    assert run_bench(BENCH, CONFIG, "icarus", tmp_path, verilog=path) == 4 * len(CASES)
