"""Writes a waveform as VCD."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import convolith
from convolith.model.arrays import Ints
from convolith.sim.waves.changes import Changes, Key
from convolith.sim.waves.variables import Group
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
        self.codes: dict[Key, str] = {}
        self.bits: dict[Key, int] = {}
        self.changes = Changes()
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
                self.codes[key], self.bits[key] = next(codes), variable.bits
                bits = f" [{variable.bits - 1}:0]" if variable.bits > 1 else ""
                lines.append(
                    f"$var wire {variable.bits} {self.codes[key]} {variable.name}{bits} $end"
                )
            lines.append("$upscope $end")
        lines += ["$upscope $end", "$enddefinitions $end", ""]
        self.file.write("\n".join(lines))

    def add(self, first: int, values: Mapping[Key, Ints]) -> None:
        changes, lines = self.changes.of(values), []
        for place, changed in enumerate(changes):
            time = (first + place) * PERIOD_NS
            texts = [_text(self.bits[key], number) + self.codes[key] for key, number in changed]
            lines += [f"#{time}", f"1{CLOCK}", *texts, f"#{time + PERIOD_NS // 2}", f"0{CLOCK}"]
        self.file.write("\n".join([*lines, ""]))
        self.end = (first + len(changes)) * PERIOD_NS

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


def _text(bits: int, number: int) -> str:
    """A value as VCD has it, before the variable's code."""
    number &= (1 << bits) - 1
    return str(number) if bits == 1 else f"b{number:b} "
