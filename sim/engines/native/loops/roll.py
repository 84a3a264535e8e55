"""A folder with Verilator's C++, changed in place: arrays of members, and loops over them."""

import re
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from convolith.sim.engines.native.loops.members import Members, Place
from convolith.sim.engines.native.loops.order import FEWEST, Run, ordered
from convolith.sim.engines.native.loops.simpler import simpler
from convolith.sim.engines.native.loops.statement import Statement, read_statements

__all__ = ["roll"]

BODY = re.compile(r"(?<=\n    // Body\n)(.*?)(?=\n\}\n)", re.DOTALL)
"""Of a function, behind its local variables."""

JUMP = re.compile(r"\b(return|goto|break|continue|vlSelf)\b")
"""Of a body that stays as it is: the order of its statements is more than what they name."""


def roll(folder: Path, top: str) -> None:
    """Changes the C++ of the class ``top``.

    Statements that are not understood stay where they are among those that name the same variables.
    """
    header = folder / f"{top}.h"
    members = Members(header.read_text())
    header.write_text(members.header)
    for path in folder.glob(f"{top}__*.cpp"):
        if "Slow" not in path.name:
            path.write_text(BODY.sub(
                lambda body: rolled(simpler(body[1]), members.places), path.read_text()
            ))


def rolled(body: str, places: Mapping[str, Place]) -> str:
    """The body of a function, or of a block."""
    if JUMP.search(body):
        return body
    statements = [Statement.of(text, places) for text in read_statements(body)]
    for one in statements:
        if one.form is None and "{" in one.text:
            one.text = _blocks(one.text, places)
    return "".join(map(_text, ordered(statements)))


def _blocks(text: str, places: Mapping[str, Place]) -> str:
    """A statement whose blocks are rolled."""
    found, end, depth = "", 0, 0
    for at, sign in enumerate(text):
        if sign == "{" and depth == 0:
            found += text[end : at + 1]
            end = at + 1
        depth += (sign == "{") - (sign == "}")
        if sign == "}" and depth == 0:
            found += rolled(text[end:at], places) + "\n"
            end = at
    return found + text[end:]


def _text(run: Run) -> str:
    """A loop, if it is worth one."""
    first = run[0]
    if len(run) < FEWEST or first.form is None:
        return "".join(one.text for one in run)
    elements = [
        f"{array}[{index} + i]" if then > index else f"{array}[{index}]"
        for array, index, then in zip(
            first.form.arrays, first.indices, run[1].indices, strict=True
        )
    ]
    text = "".join(map("".join, zip_longest(first.form.text, elements, fillvalue="")))
    return f"\n    for (int i = 0; i < {len(run)}; i++) {text}"
