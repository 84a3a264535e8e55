"""The weight words that a slot consumes."""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import *

__all__ = ["WeightSlot"]


@dataclass(frozen=True, kw_only=True)
class WeightSlot:
    """One cycle of the weight memory. A dataflow replaces what differs.

    Parameters
    ----------
    slot : View
        ``weights``: a word is consumed. ``tile_end``: it is its tile's last word. ``oc_end``: the
        tile is its oc_tile's last. Other dataflows add fields.
    together : Value
        The slot consumes a word of each bank.
    switches : Value
        The next tile's first row has its weights in the other bank. With packed tiles this holds
        unless the tile ends both of its oc_tiles (``both``).
    """

    slot: Any
    together: Value
    switches: Value
