"""Writes a waveform as VCD."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

import convolith
from convolith.model.arrays import Ints
from convolith.sim.waves.variables import Group, Variable
from convolith.sim.waves.writer import PERIOD_NS, TOP

__all__ = ["VcdWriter"]

FIRST, LAST = ord("!"), ord("~")
CLOCK = "!"


class VcdWriter:
    """A VCD file: time in ns, only what changes.

    Raises
    ------
    OSError
        If the file cannot be written.
    """

    def __init__(self, path: Path):
        self.file = path.open("w")
        self.codes: dict[tuple[str, str], str] = {}
        self.variables: dict[tuple[str, str], Variable] = {}
        self.before: dict[tuple[str, str], int] = {}
        self.end: int | None = None

    def begin(self, groups: Sequence[Group]) -> None:
        lines = [
            f"$comment Convolith {convolith.__version__}; cycle c begins at {PERIOD_NS} c ns $end",
            "$timescale 1 ns $end",
            f"$scope module {TOP} $end",
            f"$var wire 1 {CLOCK} clk $end",
        ]
        codes = _codes()
        for group in groups:
            lines.append(f"$scope module {group.scope} $end")
            for variable in group.variables:
                key = group.scope, variable.name
                self.codes[key], self.variables[key] = next(codes), variable
                bits = f" [{variable.bits - 1}:0]" if variable.bits > 1 else ""
                lines.append(
                    f"$var wire {variable.bits} {self.codes[key]} {variable.name}{bits} $end"
                )
            lines.append("$upscope $end")
        lines += ["$upscope $end", "$enddefinitions $end", ""]
        self.file.write("\n".join(lines))

    def add(self, first: int, values: Mapping[tuple[str, str], Ints]) -> None:
        count = len(next(iter(values.values())))
        changes: list[list[str]] = [[] for _ in range(count)]
        for key, numbers in values.items():
            variable, code = self.variables[key], self.codes[key]
            changed = np.flatnonzero(np.diff(numbers)) + 1
            places = changed.tolist()
            if self.before.get(key) != int(numbers[0]):
                places.insert(0, 0)
            for place, text in zip(places, _texts(variable, numbers[places]), strict=True):
                changes[place].append(text + code)
            self.before[key] = int(numbers[-1])
        lines = []
        for place, texts in enumerate(changes):
            time = (first + place) * PERIOD_NS
            lines += [f"#{time}", f"1{CLOCK}", *texts, f"#{time + PERIOD_NS // 2}", f"0{CLOCK}"]
        self.file.write("\n".join([*lines, ""]))
        self.end = (first + count) * PERIOD_NS

    def close(self) -> None:
        if self.end is not None:
            self.file.write(f"#{self.end}\n")
        self.file.close()


def _codes() -> Iterator[str]:
    """Short names of variables, after the clock's."""
    digits = [chr(code) for code in range(FIRST, LAST + 1)]
    number = 1
    while True:
        code, rest = "", number
        while True:
            rest, digit = divmod(rest, len(digits))
            code += digits[digit]
            if not rest:
                break
            rest -= 1
        yield code
        number += 1


def _texts(variable: Variable, numbers: Ints) -> list[str]:
    """Values as VCD has them, before the variable's code."""
    if variable.bits == 1:
        return [str(number & 1) for number in numbers.tolist()]
    mask = (1 << variable.bits) - 1
    return [f"b{number & mask:b} " for number in numbers.tolist()]
