"""The run-time registers of a core whose tiles can run on over output-channel tiles."""

from amaranth.hdl import signed, unsigned

from convolith.model.config import ArrayConfig
from convolith.model.limits import tile_bits
from convolith.model.packed import PackedTiling
from convolith.model.tiling import Tiling

__all__ = ["MEANINGS", "packed_values", "register_shapes"]

MEANINGS = {
    "runs_on": "1: rows run on over output-channel tiles; px_count then counts all tiles",
    "beyond": "output pixels - R, for that",
    "pixel_count": "output pixels - 2, for that",
    "last_crosses": "1: the last tile has rows of two output-channel tiles",
}


def register_shapes(config: ArrayConfig) -> dict[str, object]:
    """Those that are not as wide as an extent."""
    bits = tile_bits(config) + config.rows.bit_length()
    flags = dict.fromkeys(("runs_on", "last_crosses"), unsigned(1))
    return {**flags, "beyond": signed(bits + 1), "pixel_count": signed(bits + 1)}


def packed_values(tiling: Tiling) -> dict[str, int]:
    """Of a layer that is not depthwise."""
    if not isinstance(tiling, PackedTiling):
        return dict.fromkeys(MEANINGS, 0)
    pixels, last = tiling.layer.P, tiling.outputs(tiling.tiles - 1)
    return {
        "runs_on": 1, "beyond": pixels - tiling.config.rows, "pixel_count": pixels - 2,
        "last_crosses": int(last[0][0] != last[-1][0]),
    }  # fmt: skip
