"""Command files for Surfer: the groups of a waveform, with formats and colours."""

from collections.abc import Sequence
from math import log
from pathlib import Path

from convolith.sim.waves.variables import Group, Variable
from convolith.sim.waves.writer import TOP

__all__ = ["command_file", "command_file_path"]

LETTERS = "abcdefghijklmnop"


def command_file_path(waves: Path) -> Path:
    """The path of a waveform's command file, beside it."""
    return waves.with_suffix(".sucl")


def command_file(groups: Sequence[Group]) -> str:
    """The text: ``surfer --command-file w.sucl w.vcd`` shows the groups.

    Formats and colours are set for the item in focus. Surfer calls items by their number in base
    16, with the letters a to p as digits.
    """
    lines = [f"variable_add {TOP}.clk"]
    items = 1
    for group in groups:
        lines.append(f"divider_add {group.title}")
        items += 1
        for variable in group.variables:
            items += 1
            lines += [
                f"variable_add {TOP}.{group.scope}.{variable.name}",
                f"item_focus {_item(items - 1, items)}",
                *(f"item_set_{what}" for what in _look(group, variable)),
            ]
    return "\n".join([*lines, "item_unfocus", "zoom_fit", ""])


def _look(group: Group, variable: Variable) -> list[str]:
    """Format and colour, where they are not Surfer's own."""
    look = []
    if variable.bits > 1:
        look.append(f"format {'Signed' if variable.signed else 'Unsigned'}")
    if group.color:
        look.append(f"color {group.color.capitalize()}")
    return look


def _item(number: int, items: int) -> str:
    """What Surfer calls an item when there are so many."""
    width = int(log(items, 16)) + 1
    return "".join(LETTERS[int(digit, 16)] for digit in f"{number:0{width}x}")
