"""The options of an array, each a unit. Code that loops over them need not know any of them."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from convolith.model.options.array import ArrayUnit
from convolith.model.options.bias import BiasUnit
from convolith.model.options.config import ArrayConfig
from convolith.model.options.lanes import LanesUnit
from convolith.model.options.packed_tiles import PackedTilesUnit, RowPairsUnit
from convolith.model.options.partial_sums import PartialSumsUnit
from convolith.model.options.shared_words import SharedWordsUnit
from convolith.model.options.stored_results import StoredPatchesUnit, StoredResultsUnit
from convolith.model.options.unit import Field, Flag, Memory, Stream, Unit, WritePort

__all__ = [
    "PARAMETERS", "UNITS", "memories", "outputs", "registers", "units", "write_ports",
]

CONFIGS = 1024
"""Configurations of which the answers are kept: they are asked for with every step."""

UNITS: tuple[Unit, ...] = (
    ArrayUnit(), BiasUnit(), PartialSumsUnit(), LanesUnit(), SharedWordsUnit(),
    StoredResultsUnit(), StoredPatchesUnit(), PackedTilesUnit(), RowPairsUnit(),
)
"""All units. Registers lie in this order."""

PARAMETERS = {name: text for unit in UNITS for name, text in unit.parameters.items()}
"""The meaning of each parameter of `ArrayConfig`, in a line."""


@lru_cache(maxsize=CONFIGS)
def units(config: ArrayConfig) -> tuple[Unit, ...]:
    """The units that are built into an array."""
    return tuple(unit for unit in UNITS if unit.is_in(config))


@lru_cache(maxsize=CONFIGS)
def registers(config: ArrayConfig) -> tuple[Field, ...]:
    """The fields of the run-time registers, the lowest first."""
    return tuple(field for unit in units(config) for field in unit.registers(config))


@lru_cache(maxsize=CONFIGS)
def memories(config: ArrayConfig) -> Mapping[str, Memory]:
    """The memories that the core reads, by name, in the order of their ports.

    The second bank of a memory follows the first one.
    """
    found = [memory for unit in units(config) for memory in unit.memories(config)]
    return MappingProxyType({
        bank.name: bank
        for memory in found if not memory.bank_of
        for bank in (memory, *(other for other in found if other.bank_of == memory.name))
    })


def outputs(config: ArrayConfig) -> tuple[Stream | Flag, ...]:
    """The outputs of the core: streams first, then flags."""
    found = [output for unit in units(config) for output in unit.outputs(config)]
    return tuple(sorted(found, key=lambda output: isinstance(output, Flag)))


def write_ports(config: ArrayConfig) -> tuple[WritePort, ...]:
    """The ports through which the core writes memories."""
    return tuple(port for unit in units(config) for port in unit.write_ports(config))
