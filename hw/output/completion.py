"""What a row of sums is when it completes."""

from dataclasses import dataclass

from amaranth.hdl import *

__all__ = ["Completion", "PassRow"]


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A row of the array in the cycle in which it completes; a dataflow changes what differs.

    Parameters
    ----------
    done : Value
        A row completes.
    valid : Value
        It has an output.
    final : Value
        It is the layer's last row with an output.
    begins, ends : Value
        Its output begins, is complete: both at once, where each row has an output of its own.
    second : Value
        It is the second row of an output. No bits, if no output has two.
    """

    done: Value
    valid: Value
    final: Value
    begins: Value
    ends: Value
    second: Value


@dataclass(frozen=True, kw_only=True)
class PassRow:
    """Where passes through all pixels end among the rows that complete.

    Parameters
    ----------
    ends : Value
        A pass may end with the row,
    last : Value
        and does, if it ends with any that may.
    begins : Value
        A pass may begin with the row.
    """

    ends: Value
    last: Value
    begins: Value
