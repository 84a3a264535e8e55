"""The pieces of a layer as a table that the test bench reads: a line per piece."""

from collections.abc import Sequence

from convolith.model.compile.program import Step
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories

__all__ = ["COLUMNS", "piece_columns", "piece_table"]

COLUMNS = {
    "cycles_due": "from the registers to the last row",
    "rows_due": "that leave",
    "load_due": "cycles to write the words",
}
"""Columns that each core has, and what they mean."""


def piece_columns(config: ArrayConfig) -> list[str]:
    """The columns; the first one is in the lowest bits. ``count``: words, ``base``: from where."""
    own = [f"{name}_{what}" for name in memories(config) for what in ("count", "base")]
    return [*COLUMNS, *own]


def piece_table(steps: Sequence[Step]) -> list[list[int]]:
    """A line of numbers of 32 bits for each piece."""
    lines = []
    for step in steps:
        line = [step.cycles, step.rows, step.load_cycles]
        for name in memories(step.config):
            line += [len(step.words.get(name, ())), step.base(name)]
        lines.append(line)
    return lines
