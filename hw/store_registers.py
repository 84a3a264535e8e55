"""The registers of a layer whose results are stored: addresses of words of L activations."""

from amaranth.hdl import unsigned

from convolith.model.config import ArrayConfig
from convolith.model.depthwise import AnyTiling, DepthwiseTiling
from convolith.model.store import Store

__all__ = ["PATCH_LOOPS", "PIXEL_LOOPS", "meanings", "register_shapes", "store_values"]

PIXEL_LOOPS = ("oy", "ox", "n")
"""Loops over a layer's pixels, or patches, the innermost first,"""
PATCH_LOOPS = ("j", "i")
"""and those within a patch."""

MEANINGS = {
    "store": "1: the results are also written to the activation memory",
    "store_base": "where, in words of L activations: the first pixel's first word",
    "store_words": "words of L activations of a pixel that the layer gives",
    "store_pass": "... by which a pass is further than the one before",
    "store_oy": "what is added to a pixel's address when oy goes on",
    "store_ox": "... when ox goes on, from the first pixel of the line",
    "store_n": "... when n goes on, from the first pixel of the image",
}
PATCH_MEANINGS = {
    "store_j": "... when j goes on, within a patch",
    "store_i": "... when i goes on, from the first of the patch's line",
    "patch_j": "outputs of a patch along y - 1",
    "patch_i": "... along x",
    "last_j": "... of an image's last patch along y",
    "last_i": "... along x",
}


def meanings(config: ArrayConfig) -> dict[str, str]:
    """What each register holds."""
    return MEANINGS | (PATCH_MEANINGS if config.shares_words else {})


def register_shapes(config: ArrayConfig) -> dict:
    """Field by field."""
    address = unsigned(config.addr_bits + (config.act_banks - 1).bit_length())
    outputs = range(max(2, config.rows))
    shapes = {name: address for name in meanings(config)}
    words = {"store": unsigned(1), "store_words": unsigned(config.size_bits)}
    words["store_pass"] = unsigned(config.size_bits)
    places = {name: outputs for name in PATCH_MEANINGS if not name.startswith("store")}
    return {name: (words | places).get(name, shape) for name, shape in shapes.items()}


def store_values(tiling: AnyTiling, store: Store | None) -> dict[str, int]:
    """Of a layer's output that lies at ``store``; without one, zeros."""
    config, layer = tiling.config, tiling.layer
    if store is None:
        return dict.fromkeys(meanings(config), 0)
    lanes = config.post_lanes
    pixel = -(-store.channels // config.lanes) * config.act_banks
    line = layer.OY * pixel
    values = {
        "store": 1,
        "store_base": store.base * config.act_banks + store.first // lanes,
        "store_words": -(-store.count // lanes),
        "store_oy": pixel,
        "store_ox": line,
        "store_n": layer.OX * line,
    }
    if isinstance(tiling, DepthwiseTiling):
        patch_x, patch_y = tiling.patch
        values |= {
            "store_pass": config.part_lanes // lanes,
            "store_oy": patch_y * pixel,
            "store_ox": patch_x * line,
            "store_j": pixel,
            "store_i": line,
            "patch_j": patch_y - 1,
            "patch_i": patch_x - 1,
            "last_j": tiling.edge(1) - 1,
            "last_i": tiling.edge(0) - 1,
        }
        return values
    # Groups of less than a tile follow each other within a word.
    values["store_pass"] = min(config.cols, layer.group_OC if layer.groups > 1 else config.cols)
    values["store_pass"] //= lanes
    return dict.fromkeys(meanings(config), 0) | values
