"""The members of Verilator's class, which hold the design's state; and arrays in their place."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Members", "Place"]

MEMBER = re.compile(r"^        ([CSIQ]Data)/\*(\d+):0\*/ (\w+);\n", re.MULTILINE)
"""A number of 8, 16, 32 or 64 bits. What is wider, or has words, is an array already."""

NAME = re.compile(r"(\w+?)(?:(?<!_)__024(\d+))?")
"""Of signals with one name, Amaranth calls the first one ``name``, and another one ``name$7``."""

OUTERMOST = re.compile(r"(?<=__DOT__)[a-z]+(_[a-z]+)*(_\d+)+(?=__DOT__|$)")
"""A block or a signal with numbers, in Verilator's path of a name."""

STATE = "    // DESIGN SPECIFIC STATE\n"
EMPTY = "    struct {\n    };\n"
FEWEST = 4
"""Members of one kind that make an array."""


@dataclass(frozen=True, order=True)
class Place:
    """An element of an array."""

    array: str
    index: int

    def __str__(self) -> str:
        return f"{self.array}[{self.index}]"


class Members:
    """Those of a header.

    Parameters
    ----------
    header : str
        Verilator's, with the class.
    """

    def __init__(self, header: str):
        self.old = header

    @cached_property
    def kinds(self) -> list[tuple[str, list[str]]]:
        """The type of each kind, and its members in the order of their numbers.

        Members are of one kind if they differ only in the number of their copy, or in those of the
        outermost block with numbers: ``pe_0_1.product_0`` and ``pe_7_0.product_0``, but not
        ``pe_0_1.product_1``.
        """
        found: dict[tuple[str, str, str], list[tuple[list[int], str]]] = defaultdict(list)
        for type_, width, name in MEMBER.findall(self.old):
            parts = NAME.fullmatch(name)
            assert parts
            stem, copy = parts.groups("0")
            outer = OUTERMOST.search(stem)
            block = outer[0] if outer else ""
            kind = stem.replace(block, re.sub(r"\d+", "#", block), 1)
            numbers = [*map(int, re.findall(r"\d+", block)), int(copy)]
            found[type_, width, kind].append((numbers, name))
        return [
            (type_, [name for _, name in sorted(members)])
            for (type_, *_), members in found.items()
            if len(members) >= FEWEST
        ]

    @cached_property
    def places(self) -> dict[str, Place]:
        """Where the members are that lie in arrays."""
        return {
            name: Place(f"state_{number}", index)
            for number, (_, names) in enumerate(self.kinds)
            for index, name in enumerate(names)
        }

    @property
    def header(self) -> str:
        """The header with arrays. The members' names still stand for them, as macros."""
        arrays = "".join(
            f"    alignas(64) {type_} state_{number}[{len(names)}];\n"
            for number, (type_, names) in enumerate(self.kinds)
        )
        names = "".join(f"#define {name} {place}\n" for name, place in self.places.items())
        single = MEMBER.sub(lambda m: "" if m[3] in self.places else m[0], self.old)
        return names + single.replace(EMPTY, "").replace(STATE, STATE + arrays, 1)
