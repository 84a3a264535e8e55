"""Tables of plain text."""

from collections.abc import Sequence

__all__ = ["format_table"]


def format_table(rows: Sequence[tuple[str, ...]], header: tuple[str, ...]) -> str:
    """A table with aligned columns: text to the left, numbers to the right."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    right = [all(row[i][:1].isdigit() for row in rows) and "x" not in rows[0][i]
             for i in range(len(header))]
    formatted = [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([formatted[0], "-" * max(map(len, formatted)), *formatted[1:]])
