"""Utilization per layer, as a picture."""

from collections.abc import Sequence
from io import BytesIO

from convolith.model.networks.names import shortened
from convolith.sim.cycles.baseline import Baseline
from convolith.sim.cycles.layer import LayerCycles

__all__ = ["plot_utilization", "utilization_bars"]

COLORS = ("#0b6e99", "#e0a458", "#9aa5b1", "#d1495b")
INCHES_PER_LAYER = 0.32
MOST_LETTERS = 24


def plot_utilization(
    layers: Sequence[LayerCycles], baselines: Sequence[Baseline], title: str
) -> bytes:
    """A PNG file: the bars of `utilization_bars` beside each other."""
    from matplotlib.figure import Figure

    names, series = utilization_bars(layers, baselines)
    names = [_text(shortened(name, MOST_LETTERS)) for name in names]
    width = max(8.0, INCHES_PER_LAYER * len(names) + 1.5)
    figure = Figure(figsize=(width, 5), layout="constrained")
    axes = figure.add_subplot()
    bar = 0.8 / len(series)
    for i, (name, values) in enumerate(series):
        places = [place + (i - (len(series) - 1) / 2) * bar for place in range(len(names))]
        axes.bar(places, values, bar, color=COLORS[i % len(COLORS)],
                 label=_text(name), zorder=2)
    axes.axvline(len(layers) - 0.5, color="#52606d", linewidth=0.8)
    axes.set_xticks(range(len(names)), names, rotation=90 if len(names) > 12 else 0)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylim(0, 104)
    axes.set_ylabel("multipliers with work, %")
    axes.set_title(_text(title))
    axes.grid(axis="y", color="#e3e8ee", zorder=0)
    figure.legend(loc="outside lower center", ncols=len(series))
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()


def utilization_bars(
    layers: Sequence[LayerCycles], baselines: Sequence[Baseline]
) -> tuple[list[str], list[tuple[str, list[float]]]]:
    """The layers' names and "total"; and for us and each baseline the utilizations in percent.

    The total covers the layers that all of them have.
    """
    multipliers = layers[0].config.multipliers
    common = [layer for layer in layers if all(layer.name in b.cycles for b in baselines)]
    total = "total" if len(common) == len(layers) else f"total of {len(common)}"
    series = []
    own = {layer.name: layer.cycles for layer in layers}
    others = [(f"{baseline.name}, {baseline.array}", baseline.cycles) for baseline in baselines]
    for name, cycles in (("Convolith", own), *others):
        bars = [_percent(layer.macs, cycles.get(layer.name, 0), multipliers) for layer in layers]
        taken = sum(cycles[layer.name] for layer in common)
        macs = sum(layer.macs for layer in common)
        series.append((name, [*bars, _percent(macs, taken, multipliers)]))
    return [*(layer.name for layer in layers), total], series


def _text(name: str) -> str:
    """The text with $ escaped, as $ would begin a formula."""
    return name.replace("$", r"\$")


def _percent(macs: int, cycles: int, multipliers: int) -> float:
    return 100 * macs / (cycles * multipliers) if cycles else 0.0
