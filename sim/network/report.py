"""The results of a network, layer by layer."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from convolith.model.networks.names import shortened
from convolith.model.options.config import ArrayConfig
from convolith.sim.layers.common.result import layer_json
from convolith.sim.network.task import Outcome, Task
from convolith.sim.report.table import format_table

__all__ = ["LayerReport", "network_json", "network_table", "reports"]

HEADER = ("layer", "shape", "equal", "cycles", "model", "utilization", "wall")


@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """The results of a layer: totals over its pieces."""

    tasks: tuple[Task, ...]
    outcomes: tuple[Outcome, ...]
    resumed: bool

    @property
    def name(self) -> str:
        return self.tasks[0].name

    @property
    def macs(self) -> int:
        return self.tasks[0].layer.macs

    @property
    def equal(self) -> bool:
        """Whether every output equals PyTorch's."""
        return all(outcome.equal for outcome in self.outcomes)

    @property
    def cycles(self) -> int:
        return sum(outcome.cycles for outcome in self.outcomes)

    @property
    def model_cycles(self) -> int:
        return sum(outcome.model_cycles for outcome in self.outcomes)

    @property
    def wall_s(self) -> float:
        """Seconds on one processor core, for the simulation and everything around it."""
        return sum(outcome.simulation_s + outcome.other_s for outcome in self.outcomes)

    @property
    def difference(self) -> str | None:
        """The difference of the first piece that has one; None if there is none."""
        wrong = [(i, o.difference) for i, o in enumerate(self.outcomes) if o.difference]
        if not wrong:
            return None
        i, difference = wrong[0]
        pieces = f" (piece {i + 1} of {len(self.tasks)})" if len(self.tasks) > 1 else ""
        return f"{shortened(self.name)}{pieces}: {difference}"

    def as_json(self) -> dict[str, Any]:
        simulation_s = sum(outcome.simulation_s for outcome in self.outcomes)
        multipliers = self.tasks[0].config.multipliers
        return {
            "name": self.name,
            "equal": self.equal,
            "cycles": self.cycles,
            "model_cycles": self.model_cycles,
            "macs": self.macs,
            "utilization": self.macs / (self.cycles * multipliers) if self.cycles else 0.0,
            "mapping": self.tasks[0].schedule.mapping,
            "pieces": len(self.tasks),
            "simulators": sorted({outcome.simulator for outcome in self.outcomes}),
            "resumed": self.resumed,
            "wall_s": self.wall_s,
            "simulation_s": simulation_s,
            "cycles_per_s": self.cycles / simulation_s,
            "layer": layer_json(self.tasks[0].layer),
            "difference": self.difference,
        }


def reports(
    tasks: Sequence[Task], outcomes: dict[int, Outcome], resumed: set[int]
) -> list[LayerReport]:
    """Reports for the layers whose pieces are all done, in the network's order."""
    numbers: dict[str, list[int]] = {}
    for number, task in enumerate(tasks):
        numbers.setdefault(task.name, []).append(number)
    return [
        LayerReport(
            tasks=tuple(tasks[n] for n in own),
            outcomes=tuple(outcomes[n] for n in own),
            resumed=all(n in resumed for n in own),
        )
        for own in numbers.values()
        if all(n in outcomes for n in own)
    ]


def _total(config: ArrayConfig, layers: Sequence[LayerReport]) -> dict[str, Any]:
    taken, macs = sum(r.cycles for r in layers), sum(r.macs for r in layers)
    outcomes = [outcome for layer in layers for outcome in layer.outcomes]
    return {
        "equal": all(layer.equal for layer in layers),
        "layers": len(layers),
        "cycles": taken,
        "model_cycles": sum(layer.model_cycles for layer in layers),
        "macs": macs,
        "utilization": macs / (taken * config.multipliers) if taken else 0.0,
        "simulation_s": sum(outcome.simulation_s for outcome in outcomes),
        "other_s": sum(outcome.other_s for outcome in outcomes),
    }


def network_json(
    config: ArrayConfig, layers: Sequence[LayerReport], **about: Any
) -> dict[str, Any]:
    """The keys of ``convolith network --json``."""
    return {
        **about,
        "config": asdict(config),
        "layers": [layer.as_json() for layer in layers],
        "total": _total(config, layers),
    }


def network_table(layers: Sequence[LayerReport]) -> str:
    """A line per layer, and the total."""
    config = layers[0].tasks[0].config
    rows = []
    for layer in layers:
        values = layer.as_json()
        shape = str(layer.tasks[0].layer)
        if values["pieces"] > 1:
            shape += f" in {values['pieces']} pieces"
        wall = f"{layer.wall_s:.2f} s" + (" (before)" if layer.resumed else "")
        rows.append((shortened(layer.name), shape, values, wall))
    total = _total(config, layers)
    wall = f"{total['simulation_s'] + total['other_s']:.2f} s"
    rows.append(("total", f"{total['layers']} layers", total, wall))
    return format_table(
        [
            (
                name, shape, "yes" if values["equal"] else "NO", f"{values['cycles']:,}",
                f"{values['model_cycles']:,}", f"{values['utilization']:.1%}", wall,
            )
            for name, shape, values, wall in rows
        ],
        HEADER,
    )
