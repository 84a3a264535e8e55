"""A network on a grid of arrays, by the exact model."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.network.plan import best_cycles, check_layers, wide_enough
from convolith.sim.network.planning import THIS_PROCESS, planned
from convolith.sim.network.report import LayerReport
from convolith.sim.network.workers import Workers
from convolith.sim.report.table import format_table

__all__ = ["Point", "grid", "pareto", "sweep_csv", "sweep_table"]

AT_ONCE = 25
"""Arrays that a worker plans in one call: a tenth of a second's work."""

HEADER = ("array", "lanes", "multipliers", "cycles", "utilization", "best", "RTL", "equal")


@dataclass(frozen=True)
class Point:
    """One array, and the network's cycles on it: by the model, and in RTL if it was simulated."""

    config: ArrayConfig
    macs: int
    cycles: int
    best: bool = False
    layers: tuple[LayerReport, ...] = ()

    @property
    def utilization(self) -> float:
        return self.macs / (self.cycles * self.config.multipliers)

    @property
    def rtl_cycles(self) -> int | None:
        """The cycles in RTL; None if it was not simulated."""
        return sum(layer.cycles for layer in self.layers) if self.layers else None

    @property
    def equal(self) -> bool | None:
        """Whether every output equals PyTorch's; None if nothing was simulated."""
        return all(layer.equal for layer in self.layers) if self.layers else None


def grid(
    base: ArrayConfig,
    layers: Sequence[NamedLayer],
    rows: Iterable[int],
    cols: Iterable[int],
    dots: Iterable[int],
    lanes: Iterable[int],
    workers: Workers = THIS_PROCESS,
) -> list[Point]:
    """Points for all combinations, those with the fewest multipliers first. The best are marked.

    Raises
    ------
    ValueError
        For a combination that makes no array, or an array that cannot compute a layer.
    """
    configs = [
        replace(base, rows=r, cols=c, dot=d, lanes=v)
        for r, c, d, v in product(rows, cols, dots, lanes)
    ]
    points = planned(
        workers, partial(_points, layers), configs, at_once=AT_ONCE, what="arrays planned"
    )
    points.sort(key=lambda point: (point.config.multipliers, point.cycles))
    best = pareto([(point.config.multipliers, point.cycles) for point in points])
    return [replace(point, best=i in best) for i, point in enumerate(points)]


def _points(layers: Sequence[NamedLayer], configs: Sequence[ArrayConfig]) -> list[Point]:
    """On a worker: the arrays' points, none of them marked."""
    macs = sum(named.layer.macs for named in layers)
    points = []
    for given in configs:
        config = wide_enough(given, layers)
        check_layers(config, layers)
        points.append(Point(config, macs, sum(best_cycles(config, n.layer) for n in layers)))
    return points


def pareto(points: Sequence[tuple[int, int]]) -> set[int]:
    """The indices of the points to which no other is better.

    A better point is smaller in one number and not larger in the other.
    """
    best, last = set(), None
    for i in sorted(range(len(points)), key=lambda i: points[i]):
        if last is None or points[i][1] < last[1] or points[i] == last:
            best.add(i)
            last = points[i]
    return best


def _cells(point: Point) -> tuple[str, ...]:
    config = point.config
    return (
        config.shape, str(config.lanes), str(config.multipliers), f"{point.cycles:,}",
        f"{point.utilization:.1%}", "*" if point.best else "",
        "" if point.rtl_cycles is None else f"{point.rtl_cycles:,}",
        {None: "", True: "yes", False: "NO"}[point.equal],
    )


def sweep_table(points: Sequence[Point]) -> str:
    """A line per array. The last two columns are there only if an array was simulated."""
    shown = len(HEADER) if any(point.layers for point in points) else len(HEADER) - 2
    return format_table([_cells(point)[:shown] for point in points], HEADER[:shown])


def sweep_csv(points: Sequence[Point]) -> str:
    """The same as CSV, with plain numbers. Cells are empty where nothing was simulated."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([
        "rows", "cols", "dot", "lanes", "multipliers", "cycles", "utilization", "pareto",
        "rtl_cycles", "equal",
    ])
    for point in points:
        config = point.config
        table.writerow([
            config.rows, config.cols, config.dot, config.lanes, config.multipliers, point.cycles,
            point.utilization, int(point.best),
            "" if point.rtl_cycles is None else point.rtl_cycles,
            "" if point.equal is None else int(point.equal),
        ])
    return text.getvalue()
