"""An error that is put into a block on purpose, to see that a property finds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Planted"]


@dataclass(frozen=True)
class Planted:
    """A change of a line of a block's own source.

    So the block is wrong, and not the property.

    Parameters
    ----------
    block : str
        The block's module within `convolith`, such as ``hw.sequencer.credits``.
    old, new : str
        A text that is there exactly once, and what is put in its place.
    at : mapping
        The error shows only in sizes with these values.
    at_end : bool
        It is looked for in the last cycle of the method's ``traces`` only, as the method can ask
        for all errors.
    slow : bool
        It takes long to find. It is left out where time is short.
    """

    block: str
    old: str
    new: str
    at: Mapping[str, Any] = field(default_factory=dict)
    at_end: bool = False
    slow: bool = False

    def __str__(self) -> str:
        return f"{self.block}: {self.old!r} -> {self.new!r}"
