"""What a quantized model gave on the array, as an object, as JSON and as a table."""

from dataclasses import asdict, dataclass
from typing import Any

from convolith.model.options.config import ArrayConfig
from convolith.sim.report.table import format_table

__all__ = ["LayerRun", "ModelRun"]

HEADER = ("layer", "shape", "input", "equal", "cycles", "per image", "MACs", "utilization")


@dataclass(frozen=True, kw_only=True)
class LayerRun:
    """A layer of the model on the array; cycles and MACs are of all images.

    ``input``: ``memory``, where the layer before had put it, or ``host``. ``difference``: the first
    byte that is not PyTorch's.
    """

    name: str
    shape: str
    input: str
    mapping: str
    cycles: int
    load_cycles: int
    macs: int
    difference: str | None

    @property
    def equal(self) -> bool:
        """Every byte is PyTorch's."""
        return self.difference is None


@dataclass(frozen=True, kw_only=True)
class ModelRun:
    """What a model gave on the array.

    ``output`` is what ``model(x)`` gives; ``host`` names what was not computed on the array.
    """

    output: Any
    config: ArrayConfig
    engine: str
    images: int
    layers: list[LayerRun]
    host: list[str]
    simulator: str
    wall_s: float

    @property
    def equal(self) -> bool:
        """Every byte of every layer is PyTorch's."""
        return all(layer.equal for layer in self.layers)

    @property
    def cycles(self) -> int:
        """The array's, of all images; the model's, or the simulation has failed."""
        return sum(layer.cycles for layer in self.layers)

    @property
    def load_cycles(self) -> int:
        """To load the memories, a word each per cycle, while nothing runs."""
        return sum(layer.load_cycles for layer in self.layers)

    @property
    def macs(self) -> int:
        """Of all images."""
        return sum(layer.macs for layer in self.layers)

    @property
    def utilization(self) -> float:
        """MACs over what the multipliers could have done in ``cycles``."""
        return self.macs / (self.cycles * self.config.multipliers)

    def as_json(self) -> dict[str, Any]:
        """All of it but the output."""
        names = ("equal", "engine", "images", "cycles", "load_cycles", "macs", "utilization",
                 "host", "simulator", "wall_s")
        return {name: getattr(self, name) for name in names} | {
            "cycles_per_image": self.cycles / self.images,
            "layers": [asdict(layer) | {"equal": layer.equal} for layer in self.layers],
            "config": asdict(self.config),
        }

    def table(self) -> str:
        """A line per layer, the total, and what the host did."""

        def cells(name: str, shape: str, source: str, of: "LayerRun | ModelRun") -> tuple[str, ...]:
            utilization = of.macs / (of.cycles * self.config.multipliers)
            return (
                name, shape, source, "yes" if of.equal else "NO", f"{of.cycles:,}",
                f"{of.cycles / self.images:,.1f}", f"{of.macs:,}", f"{utilization:.1%}",
            )

        rows = [cells(layer.name, layer.shape, layer.input, layer) for layer in self.layers]
        rows.append(cells("total", f"{self.images} images", "", self))
        lines = [format_table(rows, HEADER)]
        lines += [f"{layer.name}: {layer.difference}" for layer in self.layers if layer.difference]
        lines.append(f"on the host: {', '.join(self.host) or 'nothing'}")
        return "\n".join(lines)
