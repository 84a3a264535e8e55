"""Statements of Verilator's C++: what each reads and writes, and which have the same form."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from convolith.sim.engines.native.loops.members import Place

__all__ = ["Element", "Statement", "read_statements"]

SELF = "vlSelfRef."
NAME = re.compile(r"(vlSelfRef\.)?\b([A-Za-z_]\w*)((?:\[(?:0x[0-9a-f]+|\d+)U\])?)(\[?)")
"""A name, with an index if that is a number, and whether another index comes."""

TYPES = frozenset({"CData", "SData", "IData", "QData", "EData"})
PURE = re.compile(
    r"VL_(EXTENDS?|MULS?|SHIFT[LR]S?|NEGATE|REDXOR|ONEHOT0?|(GT|LT)E?S?|N?EQ)_[IQ\d]+"
)
"""Functions of numbers that do nothing but give one."""

ASSIGNMENT = re.compile(r"\s*((?:vlSelfRef\.)?\w+(?:\[\w+\])?)\s*=(?!=)(.*);\s*", re.DOTALL)
NOT_PURE = re.compile(r"(?<![=!<>])=(?!=)|\+\+|--|[-+*/%&|^]=|\?\?|//|\"|\{")


class Element(NamedTuple):
    """A variable, or one element of it."""

    name: str
    at: int | None = None


class Form(NamedTuple):
    """What statements have in common: the text between their elements, and the elements' arrays."""

    text: tuple[str, ...]
    arrays: tuple[str, ...]


@dataclass(eq=False)
class Statement:
    """A statement.

    Parameters
    ----------
    text : str
    reads, writes : set of Element
        Where it is unknown what a statement does: all that it names, in both.
    form : Form, optional
        Of assignments to an element of an array, or to a member that becomes one.
    indices : tuple of int
        Those of the form's arrays.
    """

    text: str
    reads: set[Element]
    writes: set[Element]
    form: Form | None = None
    indices: tuple[int, ...] = ()

    @classmethod
    def of(cls, text: str, places: Mapping[str, Place]) -> "Statement":
        """A statement, where some members lie in arrays."""
        found = ASSIGNMENT.fullmatch(text)
        if not found or not _is_pure(found[2]):
            everything = {Element(name) for _, name, *_ in _names(text)}
            return cls(text, everything, everything)
        target, value = found.groups()
        reads, writes = (
            {element for *_, element in _names(side)} for side in (value, target)
        )
        form, indices = _form(f"{target} ={value};", places)
        return cls(text, reads, writes, form, indices)


def read_statements(text: str) -> list[str]:
    """The text of each statement, with what is before it. A block is one, with its ``else``."""
    found, start, depth = [], 0, 0
    quoted = False
    for at, sign in enumerate(text):
        if sign == '"' and text[at - 1] != "\\":
            quoted = not quoted
        if quoted:
            continue
        depth += (sign in "({") - (sign in ")}")
        ends = sign == ";" or (sign == "}" and not text[at + 1 :].lstrip().startswith("else"))
        if ends and depth == 0:
            found.append(text[start : at + 1])
            start = at + 1
    return found + [text[start:]] * bool(text[start:].strip())


def _names(text: str) -> Iterator[tuple[re.Match[str], str, Element]]:
    """All names of variables, with the element."""
    for match in NAME.finditer(text):
        name, index, more = match[2], match[3], match[4]
        if name in TYPES or name == SELF[:-1]:
            continue
        yield match, name, Element(name, int(index[1:-2], 0) if index and not more else None)


def _is_pure(value: str) -> bool:
    called = re.findall(r"\b([A-Za-z_]\w*)\s*\(", value)
    return not NOT_PURE.search(value) and all(map(PURE.fullmatch, called))


def _form(text: str, places: Mapping[str, Place]) -> tuple[Form | None, tuple[int, ...]]:
    text = " ".join(text.split())
    parts, arrays, indices, end = [], [], [], 0
    for match, name, element in _names(text):
        more = match[3] or match[4]
        place = None if more else places.get(name)
        if place is None and element.at is not None:
            place = Place(name, element.at)
        if place:
            parts.append(text[end : match.start()])
            arrays.append(f"{match[1] or ''}{place.array}")
            indices.append(place.index)
            end = match.end()
    if not parts or parts[0]:  # the target is no element
        return None, ()
    return Form((*parts, text[end:]), tuple(arrays)), tuple(indices)
