"""What the PEs multiply at a time: for `trace`, and for recordings of the RTL."""

from dataclasses import dataclass

from convolith.model.arrays import Ints

__all__ = ["Beat"]


@dataclass(frozen=True)
class Beat:
    """The operands that the PEs of all rows take from one slot.

    Parameters
    ----------
    slot : int
        The cycle in which row 0 takes them, counted from the layer's first slot.
    tile : int
        Which tile they belong to.
    first : bool
        The tile begins: sums begin with these products.
    x : integer array, (R, C, D)
        Activations; 0 outside the input, and where a PE has no output.
    w : integer array, (R, C, D)
        Weights, likewise.
    """

    slot: int
    tile: int
    first: bool
    x: Ints
    w: Ints

    @property
    def products(self) -> Ints:
        """What the PEs add: (R, C)."""
        return (self.x * self.w).sum(axis=2)
