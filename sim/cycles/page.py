"""Several networks' cycles side by side, for docs/cycles.md."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from convolith.sim.report.json_results import count, flag, load_results, number, share, word

__all__ = ["markdown"]

HEAD = ("network", "array", "edges", "words of", "layers", "cycles", "utilization", "with loading",
        "of RTL", "equal")


def markdown(paths: Sequence[Path]) -> str:
    """A Markdown table of files from ``convolith cycles --json``.

    For each baseline it has that baseline's cycles over ours.

    Raises
    ------
    ValueError
        If a file is not such a file.
    """
    results = load_results(paths, "cycles", _check)
    names = list(dict.fromkeys(name for r in results for name in r["total"].get("compared", {})))
    head = [*HEAD, *(f"{word(name)} / ours" for name in names)]
    lines = [head, ["---"] * 3 + ["---:"] * (len(head) - 3)]
    lines += [_cells(result, names) for result in results]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _check(result: dict[str, Any]) -> None:
    """Raises an error for a result that `_cells` cannot show."""
    names = list(result["total"].get("compared", {}))
    for name in names:
        word(name)
    _cells(result, names)
    layers = result["layers"]
    cycles = sum(count(layer["cycles"]) for layer in layers)
    if (len(layers), cycles) != (result["total"]["layers"], result["total"]["cycles"]):
        raise ValueError("the total must be of the layers")


def _cells(result: dict[str, Any], names: Sequence[str]) -> list[str]:
    config, total = result["config"], result["total"]
    rtl = "-"
    if "rtl_cycles" in total:
        rtl = f"{count(total['simulated_layers'])} layers, {count(total['rtl_cycles']):,} cycles"
    compared = total.get("compared", {})
    return [
        word(Path(result["network"]).stem),
        "x".join(str(count(config[name], 1)) for name in ("rows", "cols", "dot")),
        "packed" if flag(config["pack_edges"]) else "plain",
        str(count(config["lanes"], 1)),
        str(count(total["layers"], 1)),
        f"{count(total['cycles']):,}",
        f"{share(total['utilization']):.2%}",
        f"{share(total['utilization_with_loading']):.2%}",
        rtl,
        ("yes" if flag(total["equal"]) else "NO") if "equal" in total else "-",
        *(_ratio(compared.get(name)) for name in names),
    ]


def _ratio(compared: dict[str, Any] | None) -> str:
    """A baseline's cycles over ours, as a cell. The baseline may have none of the layers."""
    if compared is None or compared["ratio"] is None:
        return "-"
    return f"{number(compared['ratio']):.3f}"
