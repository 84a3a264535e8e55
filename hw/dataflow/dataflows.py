"""The dataflows that an array has besides the dense one."""

from convolith.hw.dataflow.dense.dataflow import DenseDataflow
from convolith.hw.dataflow.packed.dataflow import PackedDataflow
from convolith.hw.dataflow.paired.dataflow import PairedDataflow
from convolith.hw.dataflow.shared.dataflow import SharedDataflow
from convolith.model.options.config import ArrayConfig
from convolith.model.options.packed_tiles import PackedTilesUnit, RowPairsUnit
from convolith.model.options.shared_words import SharedWordsUnit
from convolith.model.options.units import units

__all__ = ["dataflows"]

DATAFLOWS: dict[type, type[DenseDataflow]] = {
    SharedWordsUnit: SharedDataflow,
    PackedTilesUnit: PackedDataflow,
    RowPairsUnit: PairedDataflow,
}
"""The dataflow that each option adds."""


def dataflows(config: ArrayConfig, layer) -> list[DenseDataflow]:
    """The dataflows of this array. Each block asks them what they do otherwise.

    The registers in ``layer`` select one of them. A dataflow that derives from another one of the
    array replaces it.
    """
    classes = [DATAFLOWS[type(unit)] for unit in units(config) if type(unit) in DATAFLOWS]
    return [
        flow(config, layer) for flow in classes
        if not any(issubclass(other, flow) for other in classes if other is not flow)
    ]
