"""A core with mutants, as Verilog: an input ``mutsel`` chooses one of them."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from amaranth.back import rtlil

from convolith.hw.cells.generic import VerilogPlatform
from convolith.hw.cells.generic.word_memory import memory_module
from convolith.hw.core import Core
from convolith.hw.verilog import NAME
from convolith.model.options.config import ArrayConfig
from convolith.sim.mutation.choice import chosen
from convolith.sim.mutation.constants import changes_nothing, read_cells
from convolith.sim.mutation.mutant import SOURCES, TOP, Mutant, command_options, read_mutants
from convolith.sim.synthesis.tools import yosys

__all__ = ["SELECTOR", "Design", "mutated_design", "selector_bits"]

SELECTOR = "mutsel"
"""The input that chooses a mutant, by its number; 0: none."""

PREPARE = """read_rtlil core.il
proc
flatten
memory_collect
opt -full
wreduce
opt_mem
splitcells
opt -full
wreduce
opt_mem
splitcells
opt -full
opt_clean -purge
mutate -list {count} -o list.txt
write_rtlil flat.il
"""
"""The hierarchy is flattened, and what has no effect is removed, before mutants are chosen."""

MUTATE = """read_rtlil flat.il
script mutants.txt
rename -hide c:*
write_verilog -norename mutated.v
"""

NO_FAULT = re.compile(r" -port (\w*CLK|RD_EN|RD_[AS]RST) |word_memory")
"""What is left out: clocks; enables and resets of memories' read ports, which are without registers
and have none; and memories that are modules of their own."""

ALL = 1_000_000
"""Mutants that are listed: more than there are."""


class Design:
    """A core with mutants.

    Parameters
    ----------
    name : str
        The configuration's.
    config : ArrayConfig
    commands : list of str
        Those of Yosys that make the mutants.
    flat : str
        The core without mutants, as RTLIL.
    verilog : str
        The core with mutants.
    """

    def __init__(
        self, name: str, config: ArrayConfig, commands: list[str], flat: str, verilog: str
    ):
        self.name, self.config, self.commands = name, config, commands
        self.flat, self.verilog = flat, verilog
        self.mutants: list[Mutant] = list(read_mutants(name, commands))

    @property
    def bits(self) -> int:
        """Of the input that chooses a mutant."""
        return selector_bits(len(self.commands))


def selector_bits(count: int) -> int:
    """Bits of a number from 0 to ``count``."""
    return max(1, count.bit_length())


def mutated_design(name: str, config: ArrayConfig, count: int, seed: int) -> Design:
    """So many mutants of a core, spread evenly over its cells, ports and bits.

    Raises
    ------
    SynthesisError
        If Yosys is missing, or fails.
    """
    core = Core(config, gated=config.post_lanes > 0)
    text = rtlil.convert(core, name=NAME, platform=VerilogPlatform(NAME, ""), emit_src=True)
    tool = yosys()
    with TemporaryDirectory(prefix="convolith-mutate-") as folder:
        work = Path(folder)
        (work / "core.il").write_text(text.replace(f"{TOP}/", SOURCES))
        (work / "prepare.ys").write_text(PREPARE.format(count=ALL))
        tool.run(["-q", "-s", "prepare.ys"], work, "flat.il")
        listed = (work / "list.txt").read_text().splitlines()
        flat = (work / "flat.il").read_text()
        cells = read_cells(flat)
        possible = [
            line for line in listed
            if not NO_FAULT.search(line) and not changes_nothing(command_options(line), cells)
        ]
        some = chosen(list(read_mutants(name, possible)), count, seed)
        select = f"mutate -ctrl {SELECTOR} {selector_bits(len(some))}"
        commands = [
            possible[mutant.number - 1].replace("mutate", f"{select} {number}", 1)
            for number, mutant in enumerate(some, 1)
        ]
        (work / "mutants.txt").write_text("\n".join([*commands, ""]))
        (work / "mutate.ys").write_text(MUTATE)
        tool.run(["-q", "-s", "mutate.ys"], work, "mutated.v")
        mutated = (work / "mutated.v").read_text()
    return Design(name, config, commands, flat, mutated + memory_module(NAME))
