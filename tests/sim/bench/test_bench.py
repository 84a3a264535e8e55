"""The tutorial's cases in the generated Verilog, with and without idle input and backpressure."""

import shutil

import pytest

from convolith.hw.verilog import core_verilog
from convolith.model.options.config import ArrayConfig
from convolith.model.reference.tutorial import CASES
from convolith.sim.bench.runner import run_bench

BENCH = "convolith.sim.bench.tutorial_bench"
SHAPES = "convolith.sim.bench.shapes_bench"
MEMORIES = {"act_words": 128, "weight_words": 128}
CONFIG = ArrayConfig(
    rows=2, cols=2, lanes=3, bias_words=0, sum_words=0, depthwise=False, **MEMORIES
)


def check_programs(simulator):
    needs = {"verilator": ["perl", "make", "c++"], "icarus": ["iverilog"]}[simulator]
    missing = [program for program in needs if not shutil.which(program)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_tutorial(tmp_path, simulator):
    check_programs(simulator)
    assert run_bench(BENCH, CONFIG, simulator, tmp_path) == 4 * len(CASES)


@pytest.mark.parametrize(("dot", "packs"), [(1, False), (2, False), (1, True)])
def test_shapes(tmp_path, dot, packs):
    check_programs("icarus")
    config = ArrayConfig(rows=4, cols=2, dot=dot, pack_edges=packs, **MEMORIES)
    assert run_bench(SHAPES, config, "icarus", tmp_path) == 2


def test_the_bench_bites(tmp_path, monkeypatch):
    # One product in the Verilog is taken from the other operand's square: results must differ.
    check_programs("icarus")

    def broken(config):
        text = core_verilog(config)
        good = "$signed(activations) * $signed(weights)"
        assert good in text
        return text.replace(good, "$signed(weights) * $signed(weights)", 1)

    monkeypatch.setattr("convolith.sim.bench.runner.core_verilog", broken)
    with pytest.raises(RuntimeError, match="of 28 tests failed"):
        run_bench(BENCH, CONFIG, "icarus", tmp_path)
