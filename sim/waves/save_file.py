"""GTKWave save files: the groups of a waveform, with formats and colours."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from vcd.gtkw import GTKWColor, GTKWSave

from convolith.sim.waves.variables import Group
from convolith.sim.waves.writer import TOP

__all__ = ["save_file", "save_file_path"]

COLORS = {"blue": GTKWColor.blue, "orange": GTKWColor.orange, "green": GTKWColor.green}


def save_file_path(waves: Path) -> Path:
    """The path of a waveform's save file, beside it."""
    return waves.with_suffix(".gtkw")


def save_file(waves: Path, groups: Sequence[Group]) -> str:
    """The save file's text. All variables are shown as decimal numbers.

    The loop variables come first, the outermost on top, with the tutorial's names: x is the axis of
    the height, y that of the width.
    """
    text = StringIO()
    save = GTKWSave(text)
    save.dumpfile(waves.name, abspath=False)
    save.treeopen(f"{TOP}.")
    save.size(1600, 1000)
    save.signals_width(260)
    save.trace(f"{TOP}.clk", alias="clk", datafmt="dec")
    for group in groups:
        with save.group(group.title):
            for variable in group.variables:
                vector = f"[{variable.bits - 1}:0]" if variable.bits > 1 else ""
                save.trace(
                    f"{TOP}.{group.scope}.{variable.name}{vector}", alias=variable.name,
                    datafmt="signed" if variable.signed else "dec",
                    color=COLORS.get(group.color),
                )
    return text.getvalue()
