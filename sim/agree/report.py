"""What the engines ran, as a table, lines and JSON."""

from collections.abc import Sequence
from typing import Any

from convolith.sim.agree.agreement import Agreement, Finding, Tally
from convolith.sim.agree.engines import Engine
from convolith.sim.report.table import format_table

__all__ = ["agreement_json", "agreement_table", "finding_text", "left_out_lines"]

HEADER = ("engine", "reads", "layers", "rows", "cycles", "build s", "run s", "same")


def agreement_table(agreement: Agreement, missing: Sequence[Engine]) -> str:
    """A line per engine, those included whose tools are ``missing``."""
    lines = [_line(tally) for tally in agreement.tallies]
    lines += [
        (engine.name, engine.reads, "0", "0", "0", "0.0", "0.0", "not run") for engine in missing
    ]
    return format_table(lines, HEADER)


def _line(tally: Tally) -> tuple[str, ...]:
    same = "NO" if tally.findings else "yes" if tally.layers else "not run"
    return (
        tally.engine.name, tally.engine.reads, f"{tally.layers:,}", f"{tally.rows:,}",
        f"{tally.cycles:,}", f"{tally.build_s:.1f}", f"{tally.run_s:.1f}", same,
    )


def left_out_lines(agreement: Agreement, missing: Sequence[Engine]) -> list[str]:
    """What was not run, and why, a line each."""
    lines = [f"not run: {engine.name}: {engine.missing}" for engine in missing]
    return lines + [
        f"not run: {tally.engine.name} on {name}: {reason}"
        for tally in agreement.tallies for name, reason in tally.left_out.items()
    ]


def finding_text(engine: Engine, finding: Finding) -> str:
    """A difference in a sentence."""
    return (
        f"{engine.name} differs on {finding.configuration}, round {finding.round}: "
        f"{finding.difference}"
    )


def agreement_json(agreement: Agreement, missing: Sequence[Engine]) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "engines": [
            {
                "engine": tally.engine.name, "reads": tally.engine.reads, "layers": tally.layers,
                "rows": tally.rows, "cycles": tally.cycles, "build_s": tally.build_s,
                "run_s": tally.run_s, "left_out": tally.left_out,
                "differences": [_finding_json(finding) for finding in tally.findings],
            }
            for tally in agreement.tallies
        ],
        "missing": {engine.name: engine.missing for engine in missing},
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    difference = finding.difference
    return {
        "configuration": finding.configuration, "round": finding.round, "what": difference.what,
        "layer": difference.place and difference.place.layer,
        "piece": difference.place and difference.place.piece, "row": difference.row,
        "cycle": difference.cycle, "found": difference.found, "expected": difference.expected,
    }
