"""Cycles against multipliers, as a picture."""

from collections.abc import Sequence
from io import BytesIO

from convolith.sim.network.sweep import Point

__all__ = ["plot_pareto"]

MOST_TICKS = 10  # more numbers than that do not fit side by side


def plot_pareto(points: Sequence[Point], title: str) -> bytes:
    """A PNG file with a dot per array. The best are named and joined; a ring means that RTL ran."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.add_subplot()
    best = [point for point in points if point.best]
    rest = [point for point in points if not point.best]
    axes.scatter([p.config.multipliers for p in rest], [p.cycles for p in rest],
                 s=28, color="#9aa5b1", label="other arrays", zorder=2)
    axes.plot([p.config.multipliers for p in best], [p.cycles for p in best],
              "o-", color="#0b6e99", label="best for their size", zorder=3)
    confirmed = [point for point in points if point.equal]
    if confirmed:
        axes.scatter([p.config.multipliers for p in confirmed], [p.cycles for p in confirmed],
                     s=130, facecolors="none", edgecolors="#d1495b", linewidths=1.6,
                     label="simulated in RTL, equal to PyTorch", zorder=4)
    named: dict[tuple[int, int], list[str]] = {}
    for point in best:
        named.setdefault((point.config.multipliers, point.cycles), []).append(_name(point))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    sizes = sorted({point.config.multipliers for point in points})
    if len(sizes) > MOST_TICKS:
        powers = range(sizes[0].bit_length() - 1, sizes[-1].bit_length() + 1)
        sizes = [1 << power for power in powers]
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    low, high = min(p.cycles for p in points), max(p.cycles for p in points)
    axes.set_yticks(*_ticks(low, high))
    axes.margins(x=0.12, y=0.12)
    axes.set_xlabel("multipliers, R x C x D")
    axes.set_ylabel("cycles")
    axes.set_title(title)
    axes.grid(color="#e3e8ee", zorder=0)
    axes.legend()
    _annotate(figure, axes, {place: "\n".join(names) for place, names in named.items()})
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=130)
    return picture.getvalue()


def _annotate(figure, axes, names: dict[tuple[int, int], str]) -> None:
    """Writes each name below its dot, where no array is, unless it would cover another name."""
    figure.draw_without_rendering()
    taken = [axes.get_legend().get_window_extent()]
    for place, name in names.items():
        text = axes.annotate(name, place, textcoords="offset points", xytext=(-6, -4), fontsize=9,
                             ha="right", va="top")
        box = text.get_window_extent()
        if any(box.overlaps(other) for other in taken):
            text.remove()
        else:
            taken.append(box)


def _name(point: Point) -> str:
    config = point.config
    lanes = "" if config.lanes == config.rows * config.dot else f", V={config.lanes}"
    return config.shape + lanes


def _ticks(low: int, high: int) -> tuple[list[int], list[str]]:
    """Ticks at 1, 2 and 5 times the powers of ten, a little beyond both ends."""
    values = [
        step * 10**power
        for power in range(len(str(high)) + 1)
        for step in (1, 2, 5)
        if low / 2.5 <= step * 10**power <= high * 2.5
    ]
    return values, [f"{value:,}" for value in values]
