"""The place of a tile's results in the activation memory."""

from dataclasses import dataclass

from amaranth.hdl import *

__all__ = ["StoreChoice", "StoreTile"]


@dataclass(frozen=True, kw_only=True)
class StoreTile:
    """The next tile. A dataflow replaces what differs.

    Parameters
    ----------
    address : Value
        The pixel of its first output, in words of L.
    line : Value
        Its outputs along y, minus two.
    lines : Value
        Its outputs along x, minus two.
    pass_end : Value
        The tile begins the next pass.
    """

    address: Value
    line: Value
    lines: Value
    pass_end: Value


@dataclass(frozen=True, kw_only=True)
class StoreChoice:
    """The terms of the next pixel's address: one of ``origins`` plus one of ``deltas``.

    Parameters
    ----------
    origins, deltas : list of (Value, Value)
        Terms, each with its condition. At most one condition of a list holds.
    moved : list of (Signal, Value)
        Registers that take the sum, each with its condition.
    """

    origins: list[tuple[Value, Value]]
    deltas: list[tuple[Value, Value]]
    moved: list[tuple[Signal, Value]]
