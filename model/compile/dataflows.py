"""The dataflows that the planner has to choose from."""

from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.packed.tiling import PackedTiling
from convolith.model.dataflow.paired.tiling import PairedTiling
from convolith.model.dataflow.shared.tiling import LineTiling, SharedTiling

__all__ = ["DATAFLOWS"]

DATAFLOWS: dict[str, type[Dataflow]] = {
    "dense": DenseTiling,
    "packed": PackedTiling,
    "paired": PairedTiling,
    "shared": SharedTiling,
    "shared lines": LineTiling,
}
"""By name; of equally good ones the planner takes the first."""
