"""Bits of cells' ports that are constant: a fault that gives them the same constant is none."""

import re
from collections.abc import Mapping

__all__ = ["changes_nothing", "port_bits"]

WIRE = re.compile(r"wire (?:width (\d+) )?(?:.* )?([\\$]\S+)$")
CELL = re.compile(r"cell \S+ (\S+)$")
CONNECT = re.compile(r"connect \\(\w+) (.+)$")
PART = re.compile(r"(\d+)'([01x]+)|([\\$]\S+)(?: \[(\d+)(?::(\d+))?\])?")
"""A constant; or a wire, of which a part can be chosen."""

Ports = Mapping[tuple[str, str], str]
"""By cell and port its bits, the lowest first: ``0`` and ``1``, ``-`` for what is no constant."""


def port_bits(rtlil: str) -> Ports:
    """The constant bits of all cells' ports of a module without hierarchy."""
    widths: dict[str, int] = {}
    found = {}
    cell = ""
    for line in map(str.strip, rtlil.splitlines()):
        if match := WIRE.match(line):
            widths[match[2]] = int(match[1] or 1)
        elif match := CELL.match(line):
            cell = match[1]
        elif line == "end":
            cell = ""
        elif cell and (match := CONNECT.match(line)):
            found[cell, match[1]] = _bits(match[2], widths)
    return found


def _bits(signal: str, widths: Mapping[str, int]) -> str:
    """The uppermost part comes first."""
    parts = []
    for width, constant, wire, high, low in PART.findall(signal):
        if width:
            parts.append(constant.rjust(int(width), constant[0]).replace("x", "-")[::-1])
        else:
            count = int(high) - int(low or high) + 1 if high else widths[wire]
            parts.append("-" * count)
    return "".join(reversed(parts))


def changes_nothing(options: Mapping[str, str], ports: Ports) -> bool:
    """Whether a command ``mutate``, by its options, sets constant bits to what they are.

    A fault that depends on another bit never comes if that bit is another constant.
    """
    bits = ports.get((options["cell"], options["port"]), "")
    mode = options["mode"]

    def bit(name: str) -> str:
        return bits[int(options[name])] if int(options[name]) < len(bits) else "-"

    if mode.startswith("const"):
        return bit("portbit") == mode[-1]
    if mode.startswith("cnot"):
        return bit("ctrlbit") == str(1 - int(mode[-1]))
    return False
