"""Faults that change nothing, as a cell's ports show: a constant bit, or one that decides alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Cells", "changes_nothing", "read_cells"]

WIRE = re.compile(r"wire (?:width (\d+) )?(?:.* )?([\\$]\S+)$")
CELL = re.compile(r"cell (\S+) (\S+)$")
CONNECT = re.compile(r"connect \\(\w+) (.+)$")
PART = re.compile(r"(\d+)'([01x]+)|([\\$]\S+)(?: \[(\d+)(?::(\d+))?\])?|(-?\d+)")
"""A constant; a wire, of which a part can be chosen; or a constant of 32 bits, as a number."""

DECIDING = {"$reduce_and": "0", "$reduce_or": "1", "$reduce_bool": "1", "$logic_not": "1"}
"""Kinds of cells whose output follows from one input bit, if it has this value."""


@dataclass(frozen=True)
class Cells:
    """The cells of a module without hierarchy.

    Parameters
    ----------
    kinds : mapping
        By cell its kind, such as ``$mux``.
    bits : mapping
        By cell and port its bits, the lowest first: ``0`` and ``1``, ``-`` for what is no constant.
    """

    kinds: Mapping[str, str]
    bits: Mapping[tuple[str, str], str]


def read_cells(rtlil: str) -> Cells:
    """Those of a module, from its text."""
    widths: dict[str, int] = {}
    kinds, bits = {}, {}
    cell = ""
    for line in map(str.strip, rtlil.splitlines()):
        if match := WIRE.match(line):
            widths[match[2]] = int(match[1] or 1)
        elif match := CELL.match(line):
            kinds[match[2]], cell = match[1], match[2]
        elif line == "end":
            cell = ""
        elif cell and (match := CONNECT.match(line)):
            bits[cell, match[1]] = _bits(match[2], widths)
    return Cells(kinds, bits)


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


def changes_nothing(options: Mapping[str, str], cells: Cells) -> bool:
    """Whether a command ``mutate``, by its options, makes no fault.

    A constant bit is set to what it is; or a fault depends on another bit, which is another
    constant, or decides the cell's output alone.
    """
    port, mode = options["port"], options["mode"]
    bits = cells.bits.get((options["cell"], port), "")

    def bit(name: str) -> str:
        return bits[int(options[name])] if int(options[name]) < len(bits) else "-"

    if mode.startswith("const"):
        return bit("portbit") == mode[-1]
    if mode.startswith("cnot"):
        decides = port == "A" and DECIDING.get(cells.kinds.get(options["cell"], "")) == mode[-1]
        return decides or bit("ctrlbit") == str(1 - int(mode[-1]))
    return False
