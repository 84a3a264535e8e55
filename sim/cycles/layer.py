"""The cycles of one layer on an array: by the model, and in RTL if it was simulated."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import Any

from convolith.model.compile.candidates import best_whole
from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow.cycles import load_cycles
from convolith.model.dataflow.traffic import Traffic
from convolith.model.layer import ConvLayer
from convolith.model.networks.names import shortened
from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.layers.common.result import layer_json
from convolith.sim.network.plan import whole
from convolith.sim.network.planning import THIS_PROCESS, planned
from convolith.sim.network.report import LayerReport
from convolith.sim.network.workers import Workers

__all__ = ["LayerCycles", "layer_cycles", "total_json", "with_rtl"]

AT_ONCE = 250
"""Layers that a worker plans in one call: a tenth of a second's work."""


@dataclass(frozen=True, kw_only=True)
class LayerCycles:
    """A whole layer. All of its words are in the memories before it starts."""

    name: str
    mapping: Mapping
    rtl: LayerReport | None = None

    @property
    def config(self) -> ArrayConfig:
        return self.mapping.config

    @property
    def named(self) -> NamedLayer:
        return NamedLayer(self.name, self.mapping.layer)

    @property
    def macs(self) -> int:
        return self.mapping.layer.macs

    @property
    def ideal_cycles(self) -> int:
        """Cycles of as many multipliers that are never idle."""
        return -(-self.macs // self.config.multipliers)

    @property
    def cycles(self) -> int:
        return self.mapping.cycles

    @property
    def load_cycles(self) -> int:
        """Cycles to load activations and weights, with a word of each per cycle."""
        return load_cycles(self.mapping.tiling)

    @property
    def equal(self) -> bool | None:
        """Whether the RTL has PyTorch's sums and the model's cycles; None if not simulated."""
        return self.difference is None if self.rtl else None

    @property
    def difference(self) -> str | None:
        """The RTL's first difference, as a text; None if there is none."""
        if not self.rtl:
            return None
        if self.rtl.difference or self.rtl.cycles == self.cycles:
            return self.rtl.difference
        took = f"{shortened(self.name)}: the RTL took {self.rtl.cycles:,} cycles"
        return f"{took}, the model says {self.cycles:,}"

    @property
    def traffic(self) -> Traffic:
        return self.mapping.traffic

    def as_json(self) -> dict[str, Any]:
        values = {
            "name": self.name,
            "macs": self.macs,
            **_times(self.config, [self]),
            "mapping": self.mapping.name,
            "words": asdict(self.traffic),
            "layer": layer_json(self.mapping.layer),
        }
        if self.rtl:
            values |= {"rtl_cycles": self.rtl.cycles, "equal": self.equal}
        return values


def layer_cycles(
    config: ArrayConfig, layers: Sequence[NamedLayer], workers: Workers = THIS_PROCESS
) -> list[LayerCycles]:
    """Each layer with its fastest mapping. Layers of one shape are planned once.

    Raises
    ------
    ValueError
        If the registers cannot hold a layer's shape. The message names the layer.
    """
    shapes = list(dict.fromkeys(named.layer for named in layers))
    mappings = planned(
        workers, partial(_best, config), shapes, at_once=AT_ONCE, what="layers planned"
    )
    best = dict(zip(shapes, mappings, strict=True))
    return [LayerCycles(name=n.name, mapping=best[n.layer] or whole(config, n)) for n in layers]


def _best(config: ArrayConfig, layers: Sequence[ConvLayer]) -> list[Mapping | None]:
    """On a worker."""
    found = [best_whole(config, layer) for layer in layers]
    for mapping in filter(None, found):
        _ = mapping.traffic  # it is kept with the mapping: counted on a worker, too
    return found


def with_rtl(
    layers: Iterable[LayerCycles], reports: Sequence[LayerReport]
) -> list[LayerCycles]:
    """The layers with the results of their simulations, if there were any."""
    own = {report.name: report for report in reports}
    return [replace(layer, rtl=own.get(layer.name)) for layer in layers]


def total_json(layers: Sequence[LayerCycles]) -> dict[str, Any]:
    """The sums over all layers; the RTL's over those that were simulated."""
    values = {
        "layers": len(layers),
        "macs": sum(layer.macs for layer in layers),
        **_times(layers[0].config, layers),
        "words": {
            field.name: sum(getattr(layer.traffic, field.name) for layer in layers)
            for field in fields(Traffic)
        },
    }
    if simulated := [layer.rtl for layer in layers if layer.rtl]:
        values |= {
            "simulated_layers": len(simulated),
            "rtl_cycles": sum(report.cycles for report in simulated),
            "equal": all(layer.equal in (True, None) for layer in layers),
        }
    return values


def _times(config: ArrayConfig, layers: Sequence[LayerCycles]) -> dict[str, Any]:
    """Cycles, and the share of them in which the multipliers work, without and with loading."""
    macs = sum(layer.macs for layer in layers)
    cycles, load = (sum(getattr(layer, n) for layer in layers) for n in ("cycles", "load_cycles"))
    return {
        "ideal_cycles": -(-macs // config.multipliers),
        "cycles": cycles,
        "utilization": macs / (cycles * config.multipliers),
        "load_cycles": load,
        "utilization_with_loading": macs / ((cycles + load) * config.multipliers),
    }
