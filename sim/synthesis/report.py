"""The result of a synthesis as text and as JSON."""

from dataclasses import asdict
from typing import Any

from convolith.sim.report.table import format_table
from convolith.sim.synthesis.path import by_module
from convolith.sim.synthesis.run import Synthesis

__all__ = ["synthesis_json", "synthesis_text"]


def synthesis_json(synthesis: Synthesis) -> dict[str, Any]:
    """The keys of ``convolith synth --json``."""
    typical = synthesis.typical
    return {
        "block": synthesis.block,
        "target": synthesis.target.name,
        "device": synthesis.target.device,
        "config": asdict(synthesis.config),
        "fmax_mhz": synthesis.fmax_mhz,
        "fmax_by_seed": {str(run.seed): run.fmax_mhz for run in synthesis.placed},
        **synthesis.counts,
        f"lut4_per_{synthesis.unit}": synthesis.lut4_per_unit,
        "cells": synthesis.cells,
        "critical_path": [asdict(step) for step in typical.path] if typical else [],
        "critical_path_by_module": by_module(typical.path) if typical else {},
        "wall_s": synthesis.wall_s,
        "versions": synthesis.versions,
    }


def synthesis_text(synthesis: Synthesis) -> str:
    """The clock, the cells and the critical path as text."""
    config, target, unit = synthesis.config, synthesis.target, synthesis.unit
    shape = config.post_mode if unit == "lane" else config.shape
    lines = [f"{synthesis.block} {shape} on {target.name} ({target.device})", ""]
    if synthesis.fmax_mhz is not None:
        seeds = ", ".join(f"{run.fmax_mhz:.1f}" for run in synthesis.placed)
        lines.append(f"clock  {synthesis.fmax_mhz:.1f} MHz, median of {seeds}")
        if unit == "multiplier":
            gmacs = synthesis.fmax_mhz * config.multipliers / 1000
            lines.append(f"speed  {gmacs:.1f} GMAC/s with {config.multipliers} multipliers")
    carries = ", carry cells as two" if target.carry_luts else ""
    lines += [f"area   {synthesis.lut4_per_unit:.1f} LUTs per {unit}{carries}", ""]
    rows = [
        (kind, f"{count:,}", f"{count / synthesis.units:.1f}")
        for kind, count in synthesis.counts.items()
    ]
    lines.append(format_table(rows, ("cells", "count", f"per {unit}")))
    typical = synthesis.typical
    if typical:
        rows = [(f"{step.delay_ns:.2f}", step.kind, step.signal) for step in typical.path]
        lines += ["", format_table(rows, ("ns", f"seed {typical.seed}'s critical path", "to"))]
        times = by_module(typical.path)
        lines += ["", format_table([(f"{ns:.2f}", module) for module, ns in times.items()],
                                   ("ns", "of these in"))]
    return "\n".join(lines)
