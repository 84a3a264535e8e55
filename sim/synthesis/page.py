"""Results of several syntheses, side by side, as docs/fpga.md has them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from convolith.sim.json_results import load_results

__all__ = ["markdown"]

HEAD = ("part", "block", "R x C x D", "with", "MHz, median (seeds)", "GMAC/s", "LUTs / multiplier",
        "LUT4", "carry", "FF", "DSP", "block RAM", "LUT RAM")  # fmt: skip
KINDS = ("lut4", "carry", "ff", "dsp", "bram", "lutram")


def markdown(paths: Sequence[Path]) -> str:
    """A table of what ``convolith synth --json`` wrote, a line per file, in their order.

    Raises
    ------
    ValueError
        If a file is something else.
    """
    results = load_results(paths, "synth", _cells)
    lines = [_line(HEAD), _line(["---"] * 4 + ["---:"] * (len(HEAD) - 4))]
    return "\n".join(lines + [_line(_cells(result)) for result in results])


def _cells(result: dict[str, Any]) -> list[str]:
    """One result's line."""
    config, block = result["config"], result["block"]
    shape = "x".join(str(config[name]) for name in ("rows", "cols", "dot"))
    counts = [f"{result[kind]:,}" for kind in KINDS]
    clock, speed, area = "-", "-", "-"
    if result["fmax_mhz"] is not None:
        seeds = ", ".join(f"{mhz:.0f}" for mhz in result["fmax_by_seed"].values())
        clock = f"{result['fmax_mhz']:.0f} ({seeds})"
    if block == "lane":
        return [str(result["target"]), block, "-", config["post_mode"], clock, speed, area, *counts]
    if result["fmax_mhz"] is not None:
        multipliers = config["rows"] * config["cols"] * config["dot"]
        speed = f"{result['fmax_mhz'] * multipliers / 1000:.1f}"
    area = f"{result['lut4_per_multiplier']:.1f}"
    extras = ", ".join(_extras(config, core=block == "core")) or "-"
    return [str(result["target"]), str(block), shape, extras, clock, speed, area, *counts]


def _extras(config: dict[str, Any], *, core: bool) -> list[str]:
    """What is built besides the plain array."""
    lanes = config.get("post_lanes", 0)
    wider = config["lanes"] != config["rows"] * config["dot"]
    possible = (
        ("shared words", config["depthwise"]),
        ("bias", core and config["bias_words"]),
        ("partial sums", core and config["sum_words"]),
        (f"{lanes} lanes {config.get('post_mode')}", core and lanes),
        ("stored results", core and config.get("store_results")),
        ("packed edges", config.get("pack_edges")),
        (f"words of {config['lanes']}", wider),
    )
    return [what for what, there in possible if there]


def _line(words) -> str:
    return f"| {' | '.join(words)} |"
