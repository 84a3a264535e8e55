"""Utilization per layer, as a picture."""

from collections.abc import Sequence
from io import BytesIO

from convolith.sim.cycles.baseline import Baseline
from convolith.sim.cycles.layer import LayerCycles, total_json

__all__ = ["plot_utilization"]

COLORS = ("#0b6e99", "#e0a458", "#9aa5b1", "#d1495b")
INCHES_PER_LAYER = 0.32


def plot_utilization(
    layers: Sequence[LayerCycles], baselines: Sequence[Baseline], title: str
) -> bytes:
    """A PNG file: per layer a bar, and beside it one per baseline; the total at the end."""
    from matplotlib.figure import Figure

    multipliers = layers[0].config.multipliers
    total = total_json(layers)
    names = [*(layer.name for layer in layers), "total"]
    series = [("Convolith", [*(_percent(layer.macs, layer.cycles, multipliers) for layer in layers),
                             100 * total["utilization"]])]  # fmt: skip
    for baseline in baselines:
        cycles = [baseline.cycles.get(layer.name, 0) for layer in layers]
        known = sum(layer.macs for layer in layers if layer.name in baseline.cycles)
        bars = [_percent(layer.macs, taken, multipliers)
                for layer, taken in zip(layers, cycles, strict=True)]  # fmt: skip
        series.append((f"{baseline.name}, {baseline.array}",
                       [*bars, _percent(known, sum(cycles), multipliers)]))  # fmt: skip

    width = max(8.0, INCHES_PER_LAYER * len(names) + 1.5)
    figure = Figure(figsize=(width, 5), layout="constrained")
    axes = figure.add_subplot()
    bar = 0.8 / len(series)
    for i, (name, values) in enumerate(series):
        places = [place + (i - (len(series) - 1) / 2) * bar for place in range(len(names))]
        axes.bar(places, values, bar, color=COLORS[i % len(COLORS)], label=name, zorder=2)
    axes.axvline(len(layers) - 0.5, color="#52606d", linewidth=0.8)
    axes.set_xticks(range(len(names)), names, rotation=90 if len(names) > 12 else 0)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylim(0, 104)
    axes.set_ylabel("multipliers with work, %")
    axes.set_title(title)
    axes.grid(axis="y", color="#e3e8ee", zorder=0)
    figure.legend(loc="outside lower center", ncols=len(series))
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()


def _percent(macs: int, cycles: int, multipliers: int) -> float:
    return 100 * macs / (cycles * multipliers) if cycles else 0.0
