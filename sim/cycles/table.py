"""Layers' cycles as a table."""

from collections.abc import Sequence
from typing import Any

from convolith.model.networks.names import shortened
from convolith.model.networks.network import batch_text
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories, units
from convolith.sim.cycles.baseline import Baseline
from convolith.sim.cycles.layer import LayerCycles, total_json
from convolith.sim.report.table import format_table

__all__ = ["cycles_table", "heading"]

HEADER = ("layer", "MACs", "ideal", "cycles", "utilization", "with loading", "mapping")
WORDS = {
    "act_written": "act written", "act_read": "read", "weight_written": "weight written",
    "weight_read": "read", "bias_written": "bias written", "bias_read": "read",
    "parameters_written": "parameters written", "parameters_read": "read", "rows": "rows of sums",
}


def heading(network: str, layers: Sequence[LayerCycles]) -> str:
    """A line above the table: the network, the array and what is assumed."""
    config = layers[0].config
    times = config.lanes / (config.rows * config.dot)
    wide = f" ({times:.3g} R*D)" if times != 1 else ""
    sums = f"requantized by {config.post_lanes} lanes" if config.post_lanes else "raw sums"
    edges = ", or ".join(unit.idle_rows for unit in units(config) if unit.idle_rows)
    banks = " of each of two banks" if "weight_odd" in memories(config) else ""
    return (
        f"{network} on {config.shape}: {config.multipliers} multipliers, words of {config.lanes} "
        f"activations{wide}, {batch_text(layer.named for layer in layers)}, {sums}\n"
        f"memories: whole layers, loaded before they run; one activation word and one weight "
        f"word{banks} per cycle\nedges: idle rows at the end of a tile {edges or 'stay idle'}"
    )


def cycles_table(layers: Sequence[LayerCycles], baselines: Sequence[Baseline]) -> str:
    """A line per layer, and the total. Each baseline has two columns: its cycles, and the ratio."""
    simulated = any(layer.rtl for layer in layers)
    words = words_shown(layers[0].config)
    header = [*HEADER, *(WORDS[name] for name in words)]
    for baseline in baselines:
        header += [shortened(baseline.name), "ratio"]
    header += ["RTL", "equal"] if simulated else []
    rows = []
    for layer in layers:
        values = layer.as_json()
        row = [shortened(layer.name), *_numbers(values), layer.mapping.name,
               *(f"{values['words'][name]:,}" for name in words)]
        for baseline in baselines:
            cycles = baseline.cycles.get(layer.name)
            row += [_count(cycles), _ratio(baseline, [layer])]
        rows.append(row + (_rtl(values) if simulated else []))
    values = total_json(layers)
    row = [f"all {len(layers)}", *_numbers(values), "",
           *(f"{values['words'][name]:,}" for name in words)]
    for baseline in baselines:
        known = sum(baseline.cycles.get(layer.name, 0) for layer in layers)
        row += [_count(known or None), _ratio(baseline, layers)]
    rows.append(row + (_rtl(values) if simulated else []))
    return format_table([tuple(row) for row in rows], tuple(header))


def words_shown(config: ArrayConfig) -> list[str]:
    """The columns of words: one for each memory that the array has."""
    names = {"rows", *memories(config)}
    return [name for name in WORDS if name.split("_")[0] in names]


def _numbers(values: dict[str, Any]) -> list[str]:
    return [
        f"{values['macs']:,}", f"{values['ideal_cycles']:,}", f"{values['cycles']:,}",
        f"{values['utilization']:.2%}", f"{values['utilization_with_loading']:.2%}",
    ]


def _rtl(values: dict[str, Any]) -> list[str]:
    if "rtl_cycles" not in values:
        return ["", ""]
    return [f"{values['rtl_cycles']:,}", "yes" if values["equal"] else "NO"]


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _ratio(baseline: Baseline, layers: Sequence[LayerCycles]) -> str:
    ratio = baseline.ratio([(layer.name, layer.cycles) for layer in layers])
    return "" if ratio is None else f"{ratio:.3f}"
