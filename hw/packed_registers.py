"""The run-time registers of a core whose tiles can run on, and whose rows can be in pairs."""

from amaranth.hdl import signed, unsigned

from convolith.model.config import ArrayConfig
from convolith.model.limits import tile_bits
from convolith.model.packed import PackedTiling
from convolith.model.paired import PairedTiling, can_pair
from convolith.model.tiling import Tiling

__all__ = ["meanings", "packed_values", "register_shapes"]

MEANINGS = {
    "runs_on": "1: rows run on over output-channel tiles; px_count then counts all tiles",
    "beyond": "output pixels - R, for that",
    "pixel_count": "output pixels - 2, for that",
    "last_crosses": "1: the last tile has rows of two output-channel tiles",
}
PAIR_MEANINGS = {
    "pairs": "1: two rows share an output; px_count then counts tiles of R / 2 pixels, ic_count "
             "the words of one row; delta_oy, _ox and _n begin at the second row's address",
    "delta_pair": "what is added to the address of a pair's first row for its second one",
}


def meanings(config: ArrayConfig) -> dict[str, str]:
    """What each register holds."""
    return MEANINGS | (PAIR_MEANINGS if can_pair(config) else {})


def register_shapes(config: ArrayConfig) -> dict[str, object]:
    """Those that are not as wide as an extent."""
    bits = tile_bits(config) + config.rows.bit_length()
    flags = dict.fromkeys(("runs_on", "last_crosses"), unsigned(1))
    shapes = {**flags, "beyond": signed(bits + 1), "pixel_count": signed(bits + 1)}
    return shapes | ({"pairs": unsigned(1)} if can_pair(config) else {})


def packed_values(tiling: Tiling) -> dict[str, int]:
    """Of a layer that shares no words."""
    values = dict.fromkeys(meanings(tiling.config), 0)
    if isinstance(tiling, PairedTiling):
        return values | {"pairs": 1, "delta_pair": tiling.ic_blocks - tiling.row_blocks}
    if not isinstance(tiling, PackedTiling):
        return values
    pixels, last = tiling.layer.P, tiling.outputs(tiling.tiles - 1)
    return values | {
        "runs_on": 1, "beyond": pixels - tiling.config.rows, "pixel_count": pixels - 2,
        "last_crosses": int(last[0][0] != last[-1][0]),
    }  # fmt: skip
