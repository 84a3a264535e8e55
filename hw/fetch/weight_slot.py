"""Which weight words a slot consumes."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import *

__all__ = ["WeightSlot"]


@dataclass(frozen=True, kw_only=True)
class WeightSlot:
    """One cycle of the weight memory; a dataflow changes what differs.

    Parameters
    ----------
    slot : View
        ``weights``: a word is consumed; ``tile_end``: its tile's last; ``oc_end``: and the last of
        its output channels; with the fields that other dataflows add.
    together : Value
        Words of both banks are consumed.
    switches : Value
        The next tile's first row has its weights in the other bank, if this tile's rows all have
        the same output channels.
    """

    slot: Any
    together: Value
    switches: Value
