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


def test_misuse(tmp_path, monkeypatch):
    with pytest.raises(TypeError, match=r"^a bench needs an ArrayConfig, not a dict$"):
        run_bench(BENCH, {"rows": 1}, "icarus", tmp_path)
    with pytest.raises(ValueError, match="^the simulator of a bench must be verilator or icarus, "):
        run_bench(BENCH, CONFIG, "vcs", tmp_path)
    with pytest.raises(ValueError, match="^the bench must be a file, which .*none.py is not$"):
        run_bench(tmp_path / "none.py", CONFIG, "icarus", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="^icarus is not installed: there is no iverilog$"):
        run_bench(BENCH, CONFIG, "icarus", tmp_path / "new" / "folder")


WRONG = """
import cocotb
import convolith

@cocotb.test()
async def wrong_core(dut):
    config = convolith.ArrayConfig(rows=2, cols=2, post_lanes=2)
    try:
        convolith.CoreDriver(dut, config)
    except ValueError as error:
        assert str(error) == (
            "the core must be of this configuration, but it has no stream i_bias"
        ), error
    else:
        raise AssertionError("it was taken")
"""


def test_a_file_as_a_bench(tmp_path):
    check_programs("icarus")
    path = tmp_path / "own_bench.py"
    path.write_text(WRONG)
    assert run_bench(path, CONFIG, "icarus", tmp_path / "a" / "b") == 1
    path.write_text("import nothing_of_this_name\n")
    with pytest.raises(RuntimeError, match="^own_bench on icarus: it ended without a result; "):
        run_bench(path, CONFIG, "icarus", tmp_path / "a" / "b")
