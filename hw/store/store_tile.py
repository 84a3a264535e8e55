"""Where the results of a tile go."""

from dataclasses import dataclass

from amaranth.hdl import *

__all__ = ["StoreChoice", "StoreTile"]


@dataclass(frozen=True, kw_only=True)
class StoreTile:
    """The next tile; a dataflow changes what differs.

    Parameters
    ----------
    address : Value
        Its first output's pixel, in words of L.
    line : Value
        Outputs along y, less two.
    lines : Value
        Outputs along x, less two.
    pass_end : Value
        It begins the next pass.
    """

    address: Value
    line: Value
    lines: Value
    pass_end: Value


@dataclass(frozen=True, kw_only=True)
class StoreChoice:
    """What the address of the next pixel is made of: one of ``origins`` plus one of ``deltas``.

    Parameters
    ----------
    origins, deltas : list of (Value, Value)
        A term, and when it is taken.
    moved : list of (Signal, Value)
        A register that takes the sum, and when.
    """

    origins: list[tuple[Value, Value]]
    deltas: list[tuple[Value, Value]]
    moved: list[tuple[Signal, Value]]
