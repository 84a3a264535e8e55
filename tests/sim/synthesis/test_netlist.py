"""Synthesized netlists compute: the same bits, in the same cycles.

An ECP5's with a part of the tutorial's cases; with ``--full`` all of them, and other netlists.
"""

import json
import shutil

import pytest

from convolith.model.options.config import ArrayConfig
from convolith.model.reference.tutorial import CASES
from convolith.sim.bench.runner import run_bench
from convolith.sim.synthesis.netlist import netlist
from convolith.sim.synthesis.target import TARGETS

TUTORIAL, SHAPES = (f"convolith.sim.bench.{name}_bench" for name in ("tutorial", "shapes"))
PLAIN = {"bias_words": 0, "sum_words": 0, "depthwise": False}
PART = [3]  # 2D, channels


@pytest.mark.parametrize(
    ("target", "bench", "config"),
    [
        ("ecp5-25k", TUTORIAL, {"rows": 1, "cols": 1, **PLAIN}),
        pytest.param(
            "ice40up5k", TUTORIAL, {"rows": 2, "cols": 2, **PLAIN}, marks=pytest.mark.full
        ),
        pytest.param(
            "ecp5-25k", SHAPES, {"rows": 4, "cols": 2, "bias_words": 16, "sum_words": 32},
            marks=pytest.mark.full,
        ),
        pytest.param(
            "ecp5-25k", SHAPES,
            {"rows": 4, "cols": 2, "bias_words": 16, "sum_words": 32, "pack_edges": True},
            marks=pytest.mark.full,
        ),
    ],
    ids=["ecp5", "ice40", "ecp5, all kinds of layers", "ecp5, packed edges"],
)
def test_netlist(tmp_path, monkeypatch, request, target, bench, config):
    if not shutil.which("iverilog"):
        pytest.skip("Icarus is not installed (Debian: apt-get install iverilog)")
    cases = list(range(len(CASES))) if request.config.getoption("--full") else PART
    monkeypatch.setenv("CONVOLITH_CASES", json.dumps(cases))
    config = ArrayConfig(dot=2, act_words=128, weight_words=128, **config)
    path = netlist(config, TARGETS[target], tmp_path)
    tests = 4 * len(cases) if bench == TUTORIAL else 2
    assert run_bench(bench, config, "icarus", tmp_path, verilog=path) == tests
