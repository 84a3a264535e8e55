"""The verdicts as a table, and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from textwrap import fill
from typing import Any

from convolith.sim.proofs.catalogue import PROPERTIES
from convolith.sim.proofs.trial import Verdict
from convolith.sim.report.table import format_table

__all__ = ["bad_text", "list_text", "outcome_json", "outcome_table"]

HEADER = ("property", "holds in", "sizes", "s", "planted errors")
WIDTH = 100


def outcome_table(verdicts: Sequence[Verdict]) -> str:
    """A line per property: how far it is shown, in how many sizes, and the errors found."""
    lines = []
    for name, kind in PROPERTIES.items():
        of = [one for one in verdicts if one.name == name]
        if not of:
            continue
        shown = [one for one in of if not one.planted]
        planted = [one for one in of if one.planted]
        good = sum(one.good for one in shown)
        sizes = str(good) if good == len(shown) else f"{good} of {len(shown)}"
        found = f"{sum(one.good for one in planted)} of {len(planted)} found"
        if not planted:
            found = "not looked for"
        seconds = sum(one.seconds for one in of)
        lines.append((name, str(kind.method), sizes, f"{seconds:.0f}", found))
    return format_table(lines, HEADER)


def list_text(names: Sequence[str]) -> str:
    """What each property says."""
    return "\n".join(
        fill(f"{name}: {PROPERTIES[name].says} ({PROPERTIES[name].method}, "
             f"{len(PROPERTIES[name].sizes)} sizes).", WIDTH, subsequent_indent="    ")
        for name in names
    )


def bad_text(verdict: Verdict) -> str:
    """Why a property does not hold, with the run that shows it; or which error was not found."""
    if verdict.planted:
        why = f" ({verdict.why})" if verdict.why else ""
        return f"{verdict.name}: a planted error was not found{why}: {verdict.planted}"
    text = f"{verdict.name} ({verdict.size}): {verdict.why}"
    return f"{text}\n{verdict.trace}" if verdict.trace else text


def outcome_json(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "good": all(one.good for one in verdicts),
        "properties": {
            name: {"says": kind.says, "holds_in": str(kind.method)}
            for name, kind in PROPERTIES.items()
            if any(one.name == name for one in verdicts)
        },
        "verdicts": [asdict(one) for one in verdicts],
    }
