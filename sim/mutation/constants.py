"""Faults that change nothing, as a cell's ports show: a constant bit, or one that decides alone."""

from collections.abc import Mapping

from convolith.sim.mutation.cells import Cell

__all__ = ["changes_nothing"]

DECIDING = {"$reduce_and": "0", "$reduce_or": "1", "$reduce_bool": "1", "$logic_not": "1"}
"""Kinds of cells whose output follows from one input bit, if it has this value."""


def changes_nothing(options: Mapping[str, str], cells: Mapping[str, Cell]) -> bool:
    """Whether a command ``mutate``, by its options, makes no fault.

    A constant bit is set to what it is; or a fault depends on another bit, which is another
    constant, or decides the cell's output alone.
    """
    cell, port, mode = cells[options["cell"]], options["port"], options["mode"]
    bits = cell.bits.get(port, "")

    def bit(name: str) -> str:
        return bits[int(options[name])] if int(options[name]) < len(bits) else "-"

    if mode.startswith("const"):
        return bit("portbit") == mode[-1]
    if mode.startswith("cnot"):
        decides = port == "A" and DECIDING.get(cell.kind) == mode[-1]
        return decides or bit("ctrlbit") == str(1 - int(mode[-1]))
    return False
