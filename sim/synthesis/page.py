"""Results of several syntheses, side by side, as docs/fpga.md has them."""

import json
from pathlib import Path
from typing import Any

__all__ = ["load_results", "markdown"]

HEAD = ("part", "block", "R x C x D", "MHz, median (seeds)", "GMAC/s", "LUTs / multiplier",
        "LUT4", "carry", "FF", "DSP", "block RAM", "LUT RAM")  # fmt: skip
KEYS = ("target", "block", "config", "fmax_mhz", "fmax_by_seed", "lut4_per_multiplier", "lut4",
        "carry", "ff", "dsp", "bram", "lutram")  # fmt: skip


def load_results(paths: list[Path]) -> list[dict[str, Any]]:
    """What ``convolith synth --json`` wrote.

    Raises
    ------
    ValueError
        If a file is something else.
    """
    results = []
    for path in paths:
        try:
            result = json.loads(path.read_text())
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
        except ValueError:
            result = None
        if not isinstance(result, dict) or not set(KEYS) <= set(result):
            raise ValueError(f"{path} must be a file that convolith synth --json wrote")
        results.append(result)
    return results


def markdown(results: list[dict[str, Any]]) -> str:
    """A table, a line per result, in their order."""
    lines = [_line(HEAD), _line(["---"] * 3 + ["---:"] * (len(HEAD) - 3))]
    for result in results:
        config = result["config"]
        multipliers = config["rows"] * config["cols"] * config["dot"]
        clock, speed = "-", "-"
        if result["fmax_mhz"] is not None:
            seeds = ", ".join(f"{mhz:.0f}" for mhz in result["fmax_by_seed"].values())
            clock = f"{result['fmax_mhz']:.0f} ({seeds})"
            speed = f"{result['fmax_mhz'] * multipliers / 1000:.1f}"
        shape = "x".join(str(config[name]) for name in ("rows", "cols", "dot"))
        counts = [f"{result[kind]:,}" for kind in KEYS[6:]]
        area = f"{result['lut4_per_multiplier']:.1f}"
        lines.append(
            _line([result["target"], result["block"], shape, clock, speed, area, *counts])
        )
    return "\n".join(lines)


def _line(words) -> str:
    return f"| {' | '.join(words)} |"
