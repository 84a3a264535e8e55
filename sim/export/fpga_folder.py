"""What an FPGA user takes along: the core, what builds it, and a page that explains it."""

import convolith
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.block_memory import MOST_WORDS
from convolith.hw.verilog import NAME, core_verilog, interface
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.options import units
from convolith.model.options.config import ArrayConfig
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
LINT_TARGET = """  lint:
    files: [{name}.vlt]
    file_type: vlt
targets:
  default:
    filesets: [rtl]
    toplevel: {name}
  lint:
    flow: lint
    flow_options:
      tool: verilator
      verilator_options: [-Wall]
    filesets: [rtl, lint]
    toplevel: {name}
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
sums from `o`. In Python, `convolith.model.compile.mapping.Mapping` makes the words of the tensors,
and the output tensor of the rows. Its `cycles` are what the layer takes: exactly, from the edge
that accepts it to the edge that transfers its last row, while `o__ready` stays 1.
`convolith.model.compile.registers.layer_registers` takes its `tiling`, and gives the registers'
values.

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
    about = {f"{name}.v": "the core", f"{name}.core": f"FuseSoC's description, `{vlnv}`"}
    device = target.device if target else ""
    files = {
        f"{name}.v": core_verilog(config, memories=memories, device=device, name=name),
        f"{name}.core": (CORE + (DEFAULT_TARGET if target else LINT_TARGET)).format(**names),
    }
    if target:
        cells = (
            f"It is for {target.device}: {_own_cells(config, memories, target)} are cells of that "
            "family.\nSimulate the core for any part: the same sums in the same cycles.\n"
        )
    else:
        files[f"{name}.vlt"] = waivers()
        about[f"{name}.vlt"] = "Verilator's style warnings that do not apply, with the reasons"
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
