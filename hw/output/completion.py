"""A row of sums in the cycle in which it completes."""

from dataclasses import dataclass

from amaranth.hdl import *

__all__ = ["Completion", "PassRow"]


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A row of the array in the cycle in which it completes. A dataflow replaces what differs.

    Parameters
    ----------
    done : Value
        A row completes.
    valid : Value
        The row has an output.
    final : Value
        The row is the layer's last one with an output.
    begins, ends : Value
        The row is its output's first one; its output's last one. Both hold, unless two rows share
        an output.
    second : Value
        The row is the second one of an output. It has no bits if no output has two rows.
    """

    done: Value
    valid: Value
    final: Value
    begins: Value
    ends: Value
    second: Value


@dataclass(frozen=True, kw_only=True)
class PassRow:
    """Where passes begin and end among the rows that complete.

    A pass is one round over all output pixels. It ends with a row for which ``ends`` and ``last``
    both hold.

    Parameters
    ----------
    ends : Value
        A pass can end with this row: in the dense dataflow, the row is its tile's last.
    last : Value
        The pass ends with the next row (or this one) for which ``ends`` holds.
    begins : Value
        A pass can begin with this row.
    """

    ends: Value
    last: Value
    begins: Value
