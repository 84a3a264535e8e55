"""A piece of a layer that fits the memories: one run of the core."""

from dataclasses import dataclass

from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow import cycles

__all__ = ["Piece", "whole_piece"]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece of a layer, with its halo, and the run of the core that computes it.

    Parameters
    ----------
    mapping : Mapping
        Of the piece, which is a layer of its own.
    input : tuple of slice
        (n, ic, ix, iy): what it takes of the layer's input.
    weight : tuple of slice
        (oc, ic): what it takes of the weight; ``oc`` is also its part of the bias.
    output : tuple of slice
        (n, oc, ox, oy): what it gives of the output.
    first, last : bool
        It begins its sums, and completes them: of the parts of split input channels,
        one each does.
    """

    mapping: Mapping
    input: tuple[slice, slice, slice, slice]
    weight: tuple[slice, slice]
    output: tuple[slice, slice, slice, slice]
    first: bool = True
    last: bool = True

    @property
    def cycles(self) -> int:
        """What the core takes for it."""
        return self.mapping.cycles if self.last else cycles.cycles(self.mapping.tiling, kept=True)


def whole_piece(mapping: Mapping) -> Piece:
    """All of a layer at once."""
    layer = mapping.layer
    oc = slice(0, layer.OC)
    return Piece(
        mapping=mapping,
        input=(slice(0, layer.N), slice(0, layer.IC), slice(0, layer.IX), slice(0, layer.IY)),
        weight=(oc, slice(0, layer.group_IC)),
        output=(slice(0, layer.N), oc, slice(0, layer.OX), slice(0, layer.OY)),
    )
