"""A mutant: one bit of one port of one cell of the core that is inverted, constant, or wrong."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convolith.sim.mutation.names import SLICE, Named
from convolith.sim.mutation.source import Source

__all__ = ["Key", "Mutant", "command_options", "read_mutants"]

OPTION = re.compile(r"-(\w+) ([^ ]+)")

Key = tuple[str, str, str, str, str]
"""What a mutant is, whatever lines and cells are called: `Mutant.key`."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A mutant of a configuration's core.

    Parameters
    ----------
    configuration : str
    number : int
        Which one, from 1 on: the value of the core's input ``mutsel``.
    cell : str
        What it is called, below the blocks' names (`named_cells`).
    mode : str
        Yosys': ``inv``, ``const0``, ``const1``; ``cnot0`` and ``cnot1``: inverted if another bit of
        the port, ``control``, is 0 or 1.
    port, bit : str
        The cell's port, and which of its bits.
    control : str
        That other bit, if there is one.
    signal : str
        The signal at the port, if it has a name, with the bit.
    source : Source
        The line that the cell is of, or the file alone.
    """

    configuration: str
    number: int
    cell: str
    mode: str
    port: str
    bit: str
    control: str
    signal: str
    source: Source

    @property
    def block(self) -> str:
        """The module of the hardware in which it is."""
        return self.source.block

    @property
    def key(self) -> Key:
        """The same for the same fault, if other lines or other blocks have changed."""
        place = f"{self.cell} {self.port}[{self.bit}]"
        mode = f"{self.mode} {self.control}" if self.control else self.mode
        return self.configuration, self.block, self.source.text, place, mode

    @property
    def group(self) -> str:
        """The same for all bits of a port."""
        return f"{self.block} {self.source.text} {SLICE.sub('', self.cell)} {self.port}"

    def __str__(self) -> str:
        place = self.signal or f"port {self.port}[{self.bit}]"
        return f"{self.configuration} {self.number}: {self.mode} at {place}, {self.source}"


def command_options(line: str) -> dict[str, str]:
    """The options of a command ``mutate``, by their names."""
    return dict(OPTION.findall(line))


def read_mutants(
    configuration: str, commands: Sequence[str], cells: Mapping[str, Named]
) -> Iterator[Mutant]:
    """The mutants that Yosys' commands ``mutate`` make, of cells that are called so."""
    for number, line in enumerate(commands, 1):
        options = command_options(line)
        cell = cells[options["cell"]]
        yield Mutant(
            configuration=configuration, number=number, cell=cell.name, source=cell.source,
            mode=options["mode"], port=options["port"], bit=options["portbit"],
            control=options.get("ctrlbit", ""),
            signal=f"{options['wire']}[{options['wirebit']}]" if "wire" in options else "",
        )
