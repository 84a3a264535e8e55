"""A schedule as a table and as JSON: pieces, words to load, cycles."""

from typing import Any

from convolith.model.compile.piece import Piece
from convolith.model.compile.schedule import Schedule
from convolith.sim.report.table import format_table

__all__ = ["plan_json", "plan_table"]


def plan_table(schedule: Schedule) -> str:
    """A line per piece, in the order in which they run, and a line for all of them.

    Ranges are first-last. Words are written to a memory before the piece runs; a memory that holds
    them already needs none. The column of sums says whether they are kept or added to kept ones.
    """
    header = (
        "piece", "n", "oc", "ox", "oy", "ic", "mapping",
        *(f"{name} words" for name in schedule.words), "sums", "cycles",
    )
    lines = [
        (
            str(number), *_ranges(piece).values(), piece.mapping.name,
            *(f"{count:,}" for count in words.values()), _sums(piece), f"{piece.cycles:,}",
        )
        for number, (piece, words) in enumerate(
            zip(schedule.pieces, schedule.writes(), strict=True), 1
        )
    ]
    totals = (f"{count:,}" for count in schedule.words.values())
    lines.append(("all", "", "", "", "", "", "", *totals, "", f"{schedule.cycles:,}"))
    return format_table(lines, header)


def plan_json(schedule: Schedule) -> dict[str, Any]:
    """The same numbers for JSON."""
    return {
        "cycles": schedule.cycles,
        "load_cycles": schedule.load_cycles,
        "words": schedule.words,
        "pieces": [
            {
                name: [part.start, part.stop] for name, part in _slices(piece).items()
            }
            | {
                "mapping": piece.mapping.name,
                "words": words,
                "adds_sums": not piece.first,
                "keeps_sums": not piece.last,
                "cycles": piece.cycles,
            }
            for piece, words in zip(schedule.pieces, schedule.writes(), strict=True)
        ],
    }


def _slices(piece: Piece) -> dict[str, slice]:
    n, oc, ox, oy = piece.output
    return {"n": n, "oc": oc, "ox": ox, "oy": oy, "ic": piece.input[1]}


def _ranges(piece: Piece) -> dict[str, str]:
    """The ranges as text: first-last, or a single number."""
    return {
        name: f"{part.start}" + (f"-{part.stop - 1}" if part.stop - part.start > 1 else "")
        for name, part in _slices(piece).items()
    }


def _sums(piece: Piece) -> str:
    words = (("added", not piece.first), ("kept", not piece.last))
    return ", ".join(word for word, said in words if said)
