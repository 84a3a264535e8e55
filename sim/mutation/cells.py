"""The cells of a core whose hierarchy is flattened, as Yosys writes them in RTLIL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Cell", "read_cells"]

WIRE = re.compile(r"wire (?:width (\d+) )?(?:.* )?([\\$]\S+)$")
CELL = re.compile(r"cell (\S+) (\S+)$")
SOURCE = re.compile(r'attribute \\src "(.*)"$')
CONNECT = re.compile(r"connect \\(\w+) (.+)$")
PART = re.compile(r"(\d+)'([01x]+)|([\\$]\S+)(?: \[(\d+)(?::(\d+))?\])?|(-?\d+)")
"""A constant; a wire, of which a part can be chosen; or a constant of 32 bits, as a number."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell.

    Parameters
    ----------
    kind : str
        Such as ``$mux``.
    source : str
        The places in the sources that it comes from, as Yosys writes them.
    ports : mapping
        By port the signal that is connected, in RTLIL.
    bits : mapping
        By port its bits, the lowest first: ``0`` and ``1``, ``-`` for what is no constant.
    """

    kind: str
    source: str
    ports: Mapping[str, str]
    bits: Mapping[str, str]


def read_cells(rtlil: str) -> dict[str, Cell]:
    """The cells of a module, from its text, by the names that Yosys' commands call them."""
    widths: dict[str, int] = {}
    found: dict[str, Cell] = {}
    name = kind = source = ""
    ports: dict[str, str] = {}
    for line in map(str.strip, rtlil.splitlines()):
        if match := SOURCE.match(line):
            source = match[1]
        elif match := WIRE.match(line):
            widths[match[2]], source = int(match[1] or 1), ""
        elif match := CELL.match(line):
            kind, name, ports = match[1], match[2].removeprefix("\\"), {}
        elif line == "end" and name:
            bits = {port: _bits(signal, widths) for port, signal in ports.items()}
            found[name] = Cell(kind=kind, source=source, ports=ports, bits=bits)
            name = source = ""
        elif name and (match := CONNECT.match(line)):
            ports[match[1]] = match[2]
    return found


def _bits(signal: str, widths: Mapping[str, int]) -> str:
    """The uppermost part comes first."""
    parts = []
    for width, constant, wire, high, low, number in PART.findall(signal):
        if width:
            parts.append(constant.rjust(int(width), constant[0]).replace("x", "-")[::-1])
        elif number:
            parts.append(f"{int(number) % (1 << 32):032b}"[::-1])
        else:
            count = int(high) - int(low or high) + 1 if high else widths[wire]
            parts.append("-" * count)
    return "".join(reversed(parts))
