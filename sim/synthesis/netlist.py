"""The synthesized netlist as Verilog that any simulator reads."""

from pathlib import Path
from shutil import copy

from amaranth.back import rtlil

from convolith.hw.memory import CoreWithMemories
from convolith.hw.name import NAME
from convolith.model.options.config import ArrayConfig
from convolith.sim.synthesis.target import Target
from convolith.sim.synthesis.tools import yosys

__all__ = ["netlist"]

CELLS = Path(__file__).parent / "cells"


def netlist(config: ArrayConfig, target: Target, folder: Path) -> Path:
    """`CoreWithMemories` as cells of ``target``, each replaced by its model: a file in ``folder``.

    The models are Yosys' own, or ours (the folder cells) for cells that it has none of. Yosys puts
    them in, so a simulator need not read the library itself.

    Raises
    ------
    SynthesisError
        If Yosys fails, or a cell has no model.
    """
    core = CoreWithMemories(config)
    (folder / "core.il").write_text(rtlil.convert(core, name=NAME, platform=target, emit_src=False))
    for model in target.models:
        copy(CELLS / model, folder / model)
    tool = yosys()
    tool.prepare()
    script = [
        "read_rtlil core.il",
        f"{target.synth} {target.netlist} -top {NAME}",
        "delete t:$scopeinfo",
        f"select {NAME}",
        "write_rtlil -selected netlist.il",
        "design -reset",  # or the boxes that timing was computed with stay
        f"read_verilog -overwrite {target.library}",
        *(f"read_verilog -overwrite {model}" for model in target.models),
        "read_rtlil netlist.il",
        f"hierarchy -check -top {NAME}",
        "setattr -mod -unset lib_whitebox *",
        "proc",
        *(f"setundef -init -zero *{cell}*" for cell in target.undefined),
        "flatten",
        "opt_clean -purge",
        *(["setundef -undriven -zero"] if target.open_inputs else []),
        "check -assert",
        f"write_verilog -noattr {NAME}.v",
    ]
    tool.run(["-q", "-p", "; ".join(script)], folder, f"{NAME}.v")
    return folder / f"{NAME}.v"
