"""A mutant: one bit of one port of one cell of the core that is inverted, constant, or wrong."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

__all__ = ["SOURCES", "TOP", "Key", "Mutant", "command_options", "read_mutants"]

TOP = Path(next(iter(import_module("convolith.hw").__path__)))
SOURCES = "hw/"
"""What mutants call the folder `TOP`."""

OPTION = re.compile(r"-(\w+) ([^ ]+)")
SLICE = re.compile(r"(\[[\d:]+\])+$")
"""What Yosys adds to a cell's name that it has cut to pieces."""

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
        Its name, below the blocks' names.
    mode : str
        Yosys': ``inv``, ``const0``, ``const1``; ``cnot0`` and ``cnot1``: inverted if another bit of
        the port, ``control``, is 0 or 1.
    port, bit : str
        The cell's port, and which of its bits.
    control : str
        That other bit, if there is one.
    signal : str
        The signal at the port, if it has a name, with the bit.
    source : str
        The file below the repository's top level, and the line.
    line : str
        The text of that line.
    """

    configuration: str
    number: int
    cell: str
    mode: str
    port: str
    bit: str
    control: str
    signal: str
    source: str
    line: str

    @property
    def block(self) -> str:
        """The module of the hardware in which it is."""
        return self.source.split(":")[0].removesuffix(".py").replace("/", ".")

    @property
    def key(self) -> Key:
        """The same for the same fault, if other lines have changed."""
        place = f"{self.cell} {self.port}[{self.bit}]"
        mode = f"{self.mode} {self.control}" if self.control else self.mode
        return self.configuration, self.block, self.line, place, mode

    @property
    def group(self) -> str:
        """The same for all bits of a port; and for a line's cells that Yosys has named."""
        cell = "" if self.cell.startswith("$auto") else SLICE.sub("", self.cell)
        return f"{self.block} {self.line} {cell} {self.port}"

    def __str__(self) -> str:
        place = self.signal or f"port {self.port}[{self.bit}]"
        return f"{self.configuration} {self.number}: {self.mode} at {place}, {self.source}"


def command_options(line: str) -> dict[str, str]:
    """The options of a command ``mutate``, by their names."""
    return dict(OPTION.findall(line))


def read_mutants(configuration: str, commands: Sequence[str]) -> Iterator[Mutant]:
    """The mutants that Yosys' commands ``mutate`` make."""
    for number, line in enumerate(commands, 1):
        options = command_options(line)
        sources = [value for name, value in OPTION.findall(line) if name == "src"]
        source, text_there = _place(sources)
        signal = _plain(options.get("wire", ""))
        yield Mutant(
            configuration=configuration, number=number, cell=_plain(options["cell"]),
            mode=options["mode"], port=options["port"], bit=options["portbit"],
            control=options.get("ctrlbit", ""),
            signal=f"{signal}[{options['wirebit']}]" if signal else "",
            source=source, line=text_there,
        )


def _plain(name: str) -> str:
    """A name without Yosys' escapes."""
    return name.replace("\\", "").replace("$flatten", "")


def _place(sources: Sequence[str]) -> tuple[str, str]:
    """The last of some places in the hardware's sources, and the text there."""
    for source in reversed(sources):
        path, _, line = source.partition(":")
        if path.startswith(SOURCES):
            number = int(re.split(r"\D", line)[0])
            return f"{path}:{number}", _lines(path)[number - 1].strip()
    return f"{SOURCES}core.py:0", ""


@cache
def _lines(path: str) -> list[str]:
    return (TOP / path.removeprefix(SOURCES)).read_text().splitlines()
