"""What a synthesis gave, for people and for programs."""

from dataclasses import asdict
from typing import Any

from convolith.sim.synthesis.path import by_module
from convolith.sim.synthesis.run import Synthesis
from convolith.sim.table import format_table

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
        "lut4_per_multiplier": synthesis.lut4_per_multiplier,
        "cells": synthesis.cells,
        "critical_path": [asdict(step) for step in typical.path] if typical else [],
        "critical_path_by_module": by_module(typical.path) if typical else {},
        "wall_s": synthesis.wall_s,
        "versions": synthesis.versions,
    }


def synthesis_text(synthesis: Synthesis) -> str:
    """Clock, cells and critical path."""
    config, target = synthesis.config, synthesis.target
    lines = [f"{synthesis.block} {config.shape} on {target.name} ({target.device})", ""]
    if synthesis.fmax_mhz is not None:
        seeds = ", ".join(f"{run.fmax_mhz:.1f}" for run in synthesis.placed)
        gmacs = synthesis.fmax_mhz * config.multipliers / 1000
        lines += [f"clock  {synthesis.fmax_mhz:.1f} MHz, median of {seeds}",
                  f"speed  {gmacs:.1f} GMAC/s with {config.multipliers} multipliers"]  # fmt: skip
    carries = ", carry cells as two" if target.carry_luts else ""
    lines += [f"area   {synthesis.lut4_per_multiplier:.1f} LUTs per multiplier{carries}", ""]
    rows = [
        (kind, f"{count:,}", f"{count / config.multipliers:.1f}")
        for kind, count in synthesis.counts.items()
    ]
    lines.append(format_table(rows, ("cells", "count", "per multiplier")))
    typical = synthesis.typical
    if typical:
        rows = [(f"{step.delay_ns:.2f}", step.kind, step.signal) for step in typical.path]
        lines += ["", format_table(rows, ("ns", f"seed {typical.seed}'s critical path", "to"))]
        times = by_module(typical.path)
        lines += ["", format_table([(f"{ns:.2f}", module) for module, ns in times.items()],
                                   ("ns", "of these in"))]  # fmt: skip
    return "\n".join(lines)
