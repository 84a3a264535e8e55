"""Several networks' cycles side by side, as docs/cycles.md has them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from convolith.sim.json_results import load_results

__all__ = ["markdown"]

HEAD = ("network", "array", "edges", "words of", "layers", "cycles", "utilization", "with loading",
        "of RTL", "equal")  # fmt: skip


def markdown(paths: Sequence[Path]) -> str:
    """A table of what ``convolith cycles --json`` wrote; per baseline its cycles over ours.

    Raises
    ------
    ValueError
        If a file is something else.
    """
    results = load_results(paths, "cycles", lambda result: _cells(result, []))
    names = list(dict.fromkeys(name for r in results for name in r["total"].get("compared", {})))
    head = [*HEAD, *(f"{name} / ours" for name in names)]
    lines = [head, ["---"] * 3 + ["---:"] * (len(head) - 3)]
    lines += [_cells(result, names) for result in results]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(result: dict[str, Any], names: Sequence[str]) -> list[str]:
    config, total = result["config"], result["total"]
    rtl = "-"
    if "rtl_cycles" in total:
        rtl = f"{total['simulated_layers']} layers, {total['rtl_cycles']:,} cycles"
    compared = total.get("compared", {})
    return [
        Path(result["network"]).stem,
        "x".join(str(config[name]) for name in ("rows", "cols", "dot")),
        "packed" if config["pack_edges"] else "plain",
        str(config["lanes"]),
        str(total["layers"]),
        f"{total['cycles']:,}",
        f"{total['utilization']:.2%}",
        f"{total['utilization_with_loading']:.2%}",
        rtl,
        {True: "yes", False: "NO"}[total["equal"]] if "equal" in total else "-",
        *(f"{compared[name]['ratio']:.3f}" if name in compared else "-" for name in names),
    ]
