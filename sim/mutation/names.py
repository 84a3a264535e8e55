"""Names for a core's cells that stay the same when another part of the core changes.

Yosys numbers cells through the whole core. Here a register is called by its own name, and any other
cell by its block and its kind. A cell that is of no line of the sources, or of no block, is called
by the port that it drives. What is still alike is counted.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from convolith.sim.mutation.cells import Cell
from convolith.sim.mutation.source import Source, source_of

__all__ = ["Named", "named_cells"]

OWN = re.compile(r"(?:^|\.)\$")
"""Where the name of a block ends and Yosys' name begins."""

NUMBER = re.compile(r"(?:\$\d+)+(?=\.|$)")
"""What Amaranth adds to a name that is taken."""

SLICE = re.compile(r"(?:\[[\d:]+\])+$")
"""What Yosys adds to a cell's name that it has cut to pieces."""

PUBLIC = re.compile(r"\\(\S+)(?: \[(\d+)(?::(\d+))?\])?$")
"""One wire that has a name in the sources, or a part of it."""

WIRE = re.compile(r"[\\$]\S+")

OUTPUTS = ("Q", "Y")

EVERYWHERE = "hw/cells/"
"""Files of which every block has something."""


@dataclass(frozen=True)
class Named:
    """What a cell is called, and where it comes from."""

    name: str
    source: Source


@dataclass(frozen=True)
class _RawName:
    """A cell's name in Yosys, taken apart."""

    text: str

    @cached_property
    def plain(self) -> str:
        return self.text.replace("$flatten", "").replace("\\", "")

    @cached_property
    def whole(self) -> str:
        """Without the piece that it is of another cell."""
        return SLICE.sub("", self.plain)

    @property
    def order(self) -> tuple[int, str]:
        """Cells that are made later have larger numbers."""
        number = re.search(r"\d+$", self.whole)
        return int(number[0]) if number else 0, self.whole

    @property
    def block(self) -> str:
        """The instances in which it is; empty for the core itself, and if it is not known."""
        own = OWN.search(self.whole)
        path = self.whole[: own.start()] if own else self.whole.rpartition(".")[0]
        return NUMBER.sub("", path)

    @property
    def piece(self) -> str:
        """Which bits of the whole cell it is."""
        found = SLICE.search(self.plain)
        return _bits(found[0]) if found else ""


def named_cells(cells: Mapping[str, Cell]) -> dict[str, Named]:
    """All cells, by Yosys' names."""
    return _Naming(cells).named()


class _Naming:
    def __init__(self, cells: Mapping[str, Cell]):
        self.cells = cells
        self.raw = {name: _RawName(name) for name in cells}
        self.sources = {name: source_of(cell.source) for name, cell in cells.items()}
        self.takers: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, cell in cells.items():
            for port, signal in cell.ports.items():
                if port not in OUTPUTS:
                    for wire in set(WIRE.findall(signal)):
                        self.takers[wire].append((name, port))
        self.found: dict[str, _Found] = {}

    def named(self) -> dict[str, Named]:
        homes, names = self.homes(), {}
        alike: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in self.cells:
            found = self.name(name)
            source = self.sources[name] or homes.get(found.block, Source())
            names[name] = Named(found.name, source)
            alike[found.name, source.text].append(name)
        for same in alike.values():
            same.sort(key=lambda name: self.raw[name].order)
            wholes = [list(pieces) for _, pieces in groupby(same, self.whole)]
            for number, pieces in enumerate(wholes, 1):
                for name in pieces:
                    count = f" {number}" if len(wholes) > 1 else ""
                    piece = "" if self.register(name) else self.raw[name].piece
                    names[name] = Named(names[name].name + count + piece, names[name].source)
        return names

    def whole(self, name: str) -> str:
        """The cell of which it is a piece; registers' names have their bits already."""
        return name if self.register(name) else self.raw[name].whole

    def homes(self) -> dict[str, Source]:
        """By block the file from which most of its cells come."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for name, source in self.sources.items():
            if source and not source.file.startswith(EVERYWHERE):
                counts[self.name(name).block][source.file] += 1
        return {
            block: Source(min(files, key=lambda file: (-files[file], file)))
            for block, files in counts.items() if block
        }

    def register(self, name: str) -> str:
        """The name of a register, with its bits; empty for any other cell."""
        match = PUBLIC.fullmatch(self.cells[name].ports.get("Q", ""))
        if not match:
            return ""
        bits = _bits(f"[{match[2]}:{match[3] or match[2]}]") if match[2] else ""
        return NUMBER.sub("", match[1]) + bits

    def name(self, name: str) -> "_Found":
        """Without a count of those that are alike."""
        if name not in self.found:
            self.found[name] = NOTHING  # a cell can drive itself
            self.found[name] = self.find(name)
        return self.found[name]

    def find(self, name: str) -> "_Found":
        raw, cell = self.raw[name], self.cells[name]
        if register := self.register(name):
            return _Found(register, register.rpartition(".")[0])
        if not OWN.search(raw.whole):
            return _Found(NUMBER.sub("", raw.whole), raw.block)
        kind = _Found(f"{raw.block} {cell.kind}".strip(), raw.block)
        unplaced = raw.whole.startswith("$auto")
        if self.sources[name] and not unplaced:
            return kind
        driven = []
        for wire in WIRE.findall(cell.ports.get("Y", cell.ports.get("Q", ""))):
            for taker, port in self.takers[wire]:
                if (found := self.name(taker)) is not NOTHING:
                    block = found.block if unplaced else raw.block
                    driven.append(_Found(f"{SLICE.sub('', found.name)} {port}", block))
        return min(driven, key=lambda found: (len(found.name), found.name), default=kind)


class _Found(NamedTuple):
    """What a cell is called, and the instances in which it is."""

    name: str
    block: str


NOTHING = _Found("", "")


def _bits(pieces: str) -> str:
    """Bits of bits of a signal, ``[15:8][3:0]``, as bits of the signal, ``[11:8]``."""
    first, count = 0, 0
    for piece in re.findall(r"\[([\d:]+)\]", pieces):
        high, _, low = piece.partition(":")
        first += int(low or high)
        count = int(high) - int(low or high) + 1
    if not count:
        return ""
    return f"[{first}]" if count == 1 else f"[{first + count - 1}:{first}]"
