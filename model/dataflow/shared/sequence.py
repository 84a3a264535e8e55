"""The tiles of a layer with shared words: patches, with fewer outputs at the edges."""

from typing import TYPE_CHECKING

from convolith.model.dataflow.sequence import Repeat, Sequenced, Tile

if TYPE_CHECKING:
    from convolith.model.dataflow.shared.tiling import SharedTiling

__all__ = ["sequence"]


def sequence(tiling: "SharedTiling") -> Sequenced:
    """All patches in their order. Each one's results are stored at a place of their own."""
    across, along = tiling.patches

    def line(x: int) -> Repeat:
        full, edge = (
            Tile(
                tuple(
                    row
                    for row in range(tiling.config.rows)
                    if tiling.place(row)[1] < x and tiling.place(row)[2] < y
                ),
                moves=True,
            )
            for y in (tiling.patch[1], tiling.edge(1))
        )
        return Repeat(1, (Repeat(along - 1, (full,)), edge))

    image = (Repeat(across - 1, (line(tiling.patch[0]),)), line(tiling.edge(0)))
    return Repeat(tiling.passes, (Repeat(tiling.layer.N, image),))
