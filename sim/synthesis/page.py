"""Results of several syntheses side by side, for docs/fpga.md."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

from convolith.sim.report.json_results import average, count, flag, load_results, number, word

__all__ = ["markdown"]

HEAD = ("part", "block", "R x C x D", "with", "MHz, median (seeds)", "GMAC/s", "LUTs / multiplier",
        "LUT4", "carry", "FF", "DSP", "block RAM", "LUT RAM")
KINDS = ("lut4", "carry", "ff", "dsp", "bram", "lutram")


def markdown(paths: Sequence[Path]) -> str:
    """A Markdown table with a line for each file of ``convolith synth --json``, in their order.

    Raises
    ------
    ValueError
        If a file is not such a file.
    """
    results = load_results(paths, "synth", _cells)
    lines = [_line(HEAD), _line(["---"] * 4 + ["---:"] * (len(HEAD) - 4))]
    return "\n".join(lines + [_line(_cells(result)) for result in results])


def _cells(result: dict[str, Any]) -> list[str]:
    """The cells of one result's line."""
    config, block = result["config"], word(result["block"])
    sides = [count(config[name], 1) for name in ("rows", "cols", "dot")]
    counts = [f"{count(result[kind]):,}" for kind in KINDS]
    clock, speed, area = "-", "-", "-"
    if result["fmax_mhz"] is not None:
        seeds = ", ".join(f"{number(mhz):.0f}" for mhz in result["fmax_by_seed"].values())
        clock = f"{number(result['fmax_mhz']):.0f} ({seeds})"
    if block == "lane":
        mode = word(config["post_mode"])
        return [word(result["target"]), block, "-", mode, clock, speed, area, *counts]
    if result["fmax_mhz"] is not None:
        speed = f"{result['fmax_mhz'] * prod(sides) / 1000:.1f}"
    area = f"{average(result['lut4_per_multiplier']):.1f}"
    extras = ", ".join(_extras(config, core=block == "core")) or "-"
    shape = "x".join(map(str, sides))
    return [word(result["target"]), block, shape, extras, clock, speed, area, *counts]


def _extras(config: dict[str, Any], *, core: bool) -> list[str]:
    """The options that are built besides the plain array."""
    lanes = count(config.get("post_lanes", 0))
    mode = word(config["post_mode"]) if lanes else ""
    words = count(config["lanes"], 1)
    possible = (
        ("shared words", flag(config["depthwise"])),
        ("bias", count(config["bias_words"]) and core),
        ("partial sums", count(config["sum_words"]) and core),
        (f"{lanes} lanes {mode}", core and lanes),
        ("stored results", flag(config.get("store_results", False)) and core),
        ("packed tiles", flag(config.get("pack_edges", False))),
        (f"words of {words}", words != config["rows"] * config["dot"]),
    )
    return [what for what, built in possible if built]


def _line(words) -> str:
    return f"| {' | '.join(words)} |"
