"""The page and the Verilog header of the registers: as the core has them."""

import re
import subprocess

import numpy as np
import pytest
from icarus_play import needs_icarus

from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories, outputs, registers
from convolith.model.reference.tutorial import CASES
from convolith.sim.commands.cli import main
from convolith.sim.export.register_header import register_header
from convolith.sim.export.register_page import register_page
from convolith.sim.layers.plain.convolution import Convolution

CONFIGS = [
    ArrayConfig(rows=4, cols=4, dot=4, pack_edges=True),
    ArrayConfig(rows=4, cols=4, post_lanes=2, store_results=True, post_mode="tflite"),
    ArrayConfig(rows=3, cols=2, bias_words=0, sum_words=0, depthwise=False),
]
ids = [config.shape for config in CONFIGS]


@pytest.mark.parametrize("config", CONFIGS, ids=ids)
def test_the_pages_example_is_what_the_core_gets(config):
    page = register_page(config)
    case = next(case for case in CASES if case.name == "2D batch")
    (step,) = Convolution.prepare(config, case.x, case.w, plain=True).program
    assert f"'h{step.register_word:x}" in re.sub(r"'h0+(?=\w)", "'h", page)
    example = page.partition("## An example")[2]
    for field in registers(config):
        value = step.registers[field.name]
        line = re.search(rf"^\| `{field.name}` \| `.*` \| (-?\d+) \| (\d+)'h(\w+) \|$", example,
                         re.MULTILINE)
        assert (line is not None) == (value != 0)
        if line:
            assert int(line[2]) == field.bits
            assert int(line[3], 16) == value % (1 << field.bits)
            assert int(line[1]) % (1 << field.bits) == int(line[3], 16)


@pytest.mark.parametrize("config", CONFIGS, ids=ids)
def test_the_page_has_every_field(config):
    fields = register_page(config).partition("Signed numbers are")[0]
    found = re.findall(r"^\| `(\w+)` \| (\d+)\.\.(\d+) \|", fields, re.MULTILINE)
    assert [name for name, _, _ in found] == [field.name for field in registers(config)]
    end = 0
    for (_, first, last), field in zip(found, registers(config), strict=True):
        assert (int(first), int(last)) == (end, end + field.bits - 1)
        end += field.bits


def test_the_page_has_the_dataflows_that_the_array_has():
    pages = [re.findall(r"^### (.*)$", register_page(config), re.MULTILINE) for config in CONFIGS]
    assert pages == [
        ["The plain loop nest", "Packed tiles", "Rows in pairs", "Shared words by patches"],
        ["The plain loop nest", "Shared words by patches"],
        ["The plain loop nest"],
    ]


@needs_icarus
@pytest.mark.parametrize("config", CONFIGS, ids=ids)
def test_a_word_put_together_with_the_header(config, tmp_path):
    rng = np.random.default_rng(1)
    values = {
        field.name: int(rng.integers(1 << min(field.bits, 60))) for field in registers(config)
    }
    expected = first = 0
    for field in registers(config):
        expected |= values[field.name] << first
        first += field.bits
    lines = [
        f"    layer[`MY_CORE_LAYER_{name.upper()}] = {bits}'d{values[name]};"
        for name, bits in ((field.name, field.bits) for field in registers(config))
    ]
    (tmp_path / "my_core_registers.vh").write_text(register_header(config, "my_core"))
    (tmp_path / "bench.v").write_text("\n".join([
        '`include "my_core_registers.vh"',
        '`include "my_core_registers.vh"',
        "module bench;",
        "  reg [`MY_CORE_LAYER_BITS-1:0] layer;",
        "  initial begin", *lines, '    $display("%0h", layer);', "  end",
        "endmodule", "",
    ]))
    subprocess.run(["iverilog", "-g2005", "-o", "bench", "bench.v"], cwd=tmp_path, check=True)
    done = subprocess.run(["vvp", "-n", "bench"], cwd=tmp_path, capture_output=True, text=True)
    assert int(done.stdout, 16) == expected


@pytest.mark.parametrize("config", CONFIGS, ids=ids)
def test_the_header_has_memories_and_streams(config):
    text = register_header(config, "core")
    for memory in memories(config).values():
        name, low = memory.name.upper(), config.addr_bits
        assert f"`define CORE_{name}_ADDRESS {low - 1}:0 " in text
        assert f"`define CORE_{name}_WORD {low + memory.word_bits - 1}:{low} " in text
        assert f"`define CORE_{name}_WORD_COUNT {memory.count}\n" in text
    bits = config.cols * config.acc_bits
    assert f"`define CORE_O_SUMS {bits - 1}:0 " in text
    assert f"`define CORE_O_LAST {bits}:{bits} " in text
    assert ("`define CORE_RESULTS_LAST" in text) == (config.post_lanes > 0)
    assert len(outputs(config)) <= 3


def test_the_command(capsys):
    assert main(["registers", "--rows", "4", "--cols", "4", "--dot", "4", "--pack-edges"]) == 0
    assert capsys.readouterr().out == register_page(CONFIGS[0])
    words = ["--rows", "3", "--cols", "2", "--bias-words", "0", "--sum-words", "0"]
    assert main(["registers", *words, "--no-depthwise", "--header", "--name", "mine"]) == 0
    assert capsys.readouterr().out == register_header(CONFIGS[2], "mine")


def test_a_name_without_the_header(capsys):
    assert main(["registers", "--name", "mine"]) == 2
    assert capsys.readouterr().err == (
        "convolith registers: error: --name goes with --header, whose macros begin with it\n"
    )
