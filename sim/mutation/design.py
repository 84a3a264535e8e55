"""A core with mutants, as Verilog: an input ``mutsel`` chooses one of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from amaranth.back import rtlil

from convolith.hw.cells.generic import VerilogPlatform
from convolith.hw.cells.generic.word_memory import memory_module
from convolith.hw.core import Core
from convolith.hw.name import NAME
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.native.cache import digest
from convolith.sim.mutation.cells import Cell, read_cells
from convolith.sim.mutation.choice import chosen
from convolith.sim.mutation.constants import changes_nothing
from convolith.sim.mutation.mutant import Mutant, command_options, read_mutants
from convolith.sim.mutation.names import Named, named_cells
from convolith.sim.mutation.source import SOURCES, TOP
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


@dataclass(frozen=True, kw_only=True)
class Design:
    """A core with mutants.

    Parameters
    ----------
    name : str
        The configuration's.
    config : ArrayConfig
    mutants : list of Mutant
    commands : list of str
        Those of Yosys that make them.
    possible : int
        How many there could be.
    flat : str
        The core without mutants, as RTLIL.
    verilog : str
        The core with mutants.
    """

    name: str
    config: ArrayConfig
    mutants: Sequence[Mutant]
    commands: Sequence[str]
    possible: int
    flat: str
    verilog: str

    @property
    def bits(self) -> int:
        """Of the input that chooses a mutant."""
        return selector_bits(len(self.mutants))


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
        names = named_cells(cells)
        controlled = dict.fromkeys(_controlled(line, cells, names) for line in listed)
        possible = [
            line for line in controlled
            if not NO_FAULT.search(line) and not changes_nothing(command_options(line), cells)
        ]
        some = chosen(list(read_mutants(name, possible, names)), count, seed)
        select = f"mutate -ctrl {SELECTOR} {selector_bits(len(some))}"
        commands = [
            possible[mutant.number - 1].replace("mutate", f"{select} {number}", 1)
            for number, mutant in enumerate(some, 1)
        ]
        (work / "mutants.txt").write_text("\n".join([*commands, ""]))
        (work / "mutate.ys").write_text(MUTATE)
        tool.run(["-q", "-s", "mutate.ys"], work, "mutated.v")
        mutated = (work / "mutated.v").read_text()
    return Design(
        name=name, config=config, commands=commands, possible=len(possible), flat=flat,
        mutants=[replace(mutant, number=number) for number, mutant in enumerate(some, 1)],
        verilog=mutated + memory_module(NAME),
    )


def _controlled(line: str, cells: Mapping[str, Cell], names: Mapping[str, Named]) -> str:
    """The command with another bit that controls the fault, if there is one.

    Yosys takes any, and other ones after each change of the core.
    """
    options = command_options(line)
    if "ctrlbit" not in options:
        return line
    cell, port, bit = options["cell"], options["port"], int(options["portbit"])
    others = [other for other in range(len(cells[cell].bits[port])) if other != bit]
    what = digest(names[cell].name, names[cell].source.text, port, str(bit), options["mode"])
    control = others[int(what, 16) % len(others)]
    return line.replace(f"-ctrlbit {options['ctrlbit']}", f"-ctrlbit {control}")
