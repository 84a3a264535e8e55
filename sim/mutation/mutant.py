"""A mutant: one bit of one port of one cell of the core that is inverted, constant, or wrong."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

__all__ = ["Key", "Mutant", "read_mutants"]

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
        """The same for the same fault, if other lines of the file have changed."""
        place = self.signal or f"{self.port}[{self.bit}]"
        mode = f"{self.mode} {self.control}" if self.control else self.mode
        return self.configuration, self.block, self.line, place, mode

    def __str__(self) -> str:
        place = self.signal or f"port {self.port}[{self.bit}]"
        return f"{self.configuration} {self.number}: {self.mode} at {place}, {self.source}"


def read_mutants(configuration: str, commands: Sequence[str]) -> Iterator[Mutant]:
    """The mutants that Yosys' commands ``mutate`` make."""
    for line in commands:
        options = re.findall(r"-(\w+) ([^ ]+)(?: (\d+) (\d+))?", line)
        found: Mapping[str, str] = {name: value for name, value, *_ in options}
        number = next(int(last) for name, _, _, last in options if name == "ctrl")
        source, text_there = _place([value for name, value, *_ in options if name == "src"])
        signal = found.get("wire", "").removeprefix("\\")
        yield Mutant(
            configuration=configuration, number=number, mode=found["mode"], port=found["port"],
            bit=found["portbit"], control=found.get("ctrlbit", ""),
            signal=f"{signal}[{found['wirebit']}]" if signal else "",
            source=source, line=text_there,
        )


def _place(sources: list[str]) -> tuple[str, str]:
    """The last of some places in the hardware's sources, and the text there."""
    top = Path(next(iter(import_module("convolith.hw").__path__)))
    for source in reversed(sources):
        path, _, line = source.partition(":")
        file = Path(path)
        if file.is_relative_to(top):
            number = int(re.split(r"\D", line)[0])
            return f"hw/{file.relative_to(top)}:{number}", _lines(file)[number - 1].strip()
    return "hw/core.py:0", ""


@cache
def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines()
