"""The registers of a layer whose results are stored: addresses of words of L activations."""

from amaranth.hdl import signed, unsigned

from convolith.model.config import ArrayConfig
from convolith.model.depthwise import AnyTiling, DepthwiseTiling
from convolith.model.limits import tile_bits
from convolith.model.store import Store

__all__ = ["TILE_LOOPS", "meanings", "register_shapes", "store_values"]

TILE_LOOPS = ("oy", "ox", "n")
"""Loops over a layer's patches, the innermost first."""

MEANINGS = {
    "store": "1: the results are also written to the activation memory",
    "store_base": "where, in words of L activations: the first pixel's first word",
    "store_words": "words of L activations of a pixel that the layer gives",
    "store_pass": "... by which a pass is further than the one before",
    "store_j": "what is added to a pixel's address for the next one",
    "last_j": "pixels - 2; with depthwise, outputs along y of an image's last patch - 2",
}
PATCH_MEANINGS = {
    "patch_j": "... of other patches",
    "last_i": "... along x, of the last patch",
    "patch_i": "... of others",
    "store_i": "what is added to the address of a patch's line for the next one's",
    "store_oy": "... to a patch's when oy goes on",
    "store_ox": "... when ox goes on, to that of the first patch of its line",
    "store_n": "... when n goes on, to that of the image's first patch",
}


def meanings(config: ArrayConfig) -> dict[str, str]:
    """What each register holds."""
    return MEANINGS | (PATCH_MEANINGS if config.shares_words else {})


def register_shapes(config: ArrayConfig) -> dict:
    """Field by field."""
    address = unsigned(config.addr_bits + (config.act_banks - 1).bit_length())
    pixels = signed(tile_bits(config) + config.rows.bit_length() + 1)
    outputs = signed(config.rows.bit_length() + 1)
    shapes = {name: address for name in meanings(config)}
    own = {
        "store": unsigned(1),
        "store_words": unsigned(config.size_bits),
        "store_pass": unsigned(config.size_bits),
        "last_j": pixels,
        "patch_j": outputs,
        "last_i": outputs,
        "patch_i": outputs,
    }
    return {name: own.get(name, shape) for name, shape in shapes.items()}


def store_values(tiling: AnyTiling, store: Store | None) -> dict[str, int]:
    """Of a layer's output that lies at ``store``; without one, zeros."""
    config, layer = tiling.config, tiling.layer
    values = dict.fromkeys(meanings(config), 0)
    if store is None:
        return values
    lanes = config.post_lanes
    pixel = -(-store.channels // config.lanes) * config.act_banks
    values |= {
        "store": 1,
        "store_base": store.base * config.act_banks + store.first // lanes,
        "store_words": -(-store.count // lanes),
        "store_j": pixel,
    }
    if isinstance(tiling, DepthwiseTiling):
        (patch_x, patch_y), line = tiling.patch, layer.OY * pixel
        return values | {
            "store_pass": config.part_lanes // lanes,
            "last_j": tiling.edge(1) - 2,
            "patch_j": patch_y - 2,
            "last_i": tiling.edge(0) - 2,
            "patch_i": patch_x - 2,
            "store_i": line,
            "store_oy": patch_y * pixel,
            "store_ox": patch_x * line,
            "store_n": layer.OX * line,
        }
    # Groups of less than a tile follow each other within a word.
    channels = min(config.cols, layer.group_OC if layer.groups > 1 else config.cols)
    values |= {"store_pass": channels // lanes, "last_j": layer.P - 2}
    if config.shares_words:
        values["last_i"] = -1
    return values
