"""The registers of a depthwise layer that shares words, and those that other layers have then."""

from amaranth.hdl import unsigned

from convolith.model.config import ArrayConfig
from convolith.model.depthwise import MOST_HOP, DepthwiseTiling

__all__ = ["MEANINGS", "depthwise_values", "plain_values", "register_shapes"]

MEANINGS = {
    "depthwise": "1: a depthwise layer that shares words. Its ky, kx, ic, px, oc, g count phases "
    "along y, lines, phases along x, patches, passes of a word, words; oy, ox patches",
    "columns": "cycles of a step - 2",
    "taps_y": "cycles of a step in which weights are consumed",
    "taps_x": "of the lines of a phase, those in which weights are consumed",
    "slot_y": "what is added to y from cycle to cycle within a step",
    "delta_slot": "... to a step's offset",
    "back_x": "... to x when ic_block goes on",
    "parts": "parts of a word that are computed one after the other, - 1",
    "hop": "cycles that weights wait at the end of a patch's line",
    "edge_x": "per row: it has an output in patches that are the last along x",
    "edge_y": "... along y",
    "last_row": "the row of the layer's last output",
}
"""What each register holds; like the others, modulo its width."""


def register_shapes(config: ArrayConfig) -> dict:
    """Field by field."""
    slot, size = unsigned(config.slot_bits), unsigned(config.size_bits)
    return {
        "depthwise": 1,
        "columns": slot,
        "taps_y": slot,
        "taps_x": slot,
        "slot_y": size,
        "delta_slot": unsigned(config.addr_bits),
        "back_x": size,
        "parts": range(max(2, config.lanes)),
        "hop": range(MOST_HOP + 1),
        "edge_x": config.rows,
        "edge_y": config.rows,
        "last_row": range(max(2, config.rows)),
    }


def plain_values(tiling) -> dict[str, int]:
    """Of a layer that does not share words."""
    config, layer = tiling.config, tiling.layer
    return dict.fromkeys(MEANINGS, 0) | {
        "columns": config.slots - 2,
        "taps_y": config.beats,
        "back_x": -(layer.KX - 1) * layer.dilation[0],
    }


def depthwise_values(tiling: DepthwiseTiling, act_base: int) -> dict[str, int]:
    """Those that differ from a plain layer's, the shared ones included."""
    config, layer = tiling.config, tiling.layer
    (sx, sy), (px, py), (dx, dy) = layer.stride, layer.padding, layer.dilation
    phases_x, phases_y = tiling.phases
    word_y = tiling.pixel_words
    word_x = layer.IY * word_y
    patch_x, patch_y = tiling.patch
    across, along = tiling.patches
    oy, ox = patch_y * sy * word_y, patch_x * sx * word_x
    back_y = dy - sy * (tiling.columns - 1)  # from a phase's last word to the next one's first
    back_x = dx - sx * (tiling.lines - 1)
    line_y = (phases_y.count - 1) * dy + sy * (tiling.columns - 1)  # to a line's last word
    rows = [divmod(r % (patch_x * patch_y), patch_y) for r in range(config.rows)]
    return {
        "depthwise": 1,
        "g_count": tiling.pixel_words - 2,
        "oc_count": tiling.multiplier * tiling.parts - 2,
        "px_count": tiling.px_tiles - 2,
        "ic_count": phases_x.count - 2,
        "kx_count": tiling.lines - 2,
        "ky_count": phases_y.count - 2,
        "ox_count": across - 2,
        "oy_count": along - 2,
        "stride_x": patch_x * sx,
        "stride_y": patch_y * sy,
        "dilation_x": sx,
        "dilation_y": back_y,
        "act_base": act_base - px * word_x - py * word_y,
        "delta_g": 1,
        "delta_n": layer.IX * word_x - (across - 1) * ox - (along - 1) * oy,
        "delta_ox": ox - (along - 1) * oy,
        "delta_oy": oy,
        "delta_ic": back_x * word_x - line_y * word_y,
        "delta_kx": sx * word_x - line_y * word_y,
        "delta_ky": back_y * word_y,
        "columns": tiling.columns - 2,
        "taps_y": phases_y.reach + 1,
        "taps_x": phases_x.reach + 1,
        "slot_y": sy,
        "delta_slot": sy * word_y,
        "back_x": back_x,
        "parts": tiling.parts - 1,
        "hop": tiling.hop,
        "edge_x": sum(1 << r for r, (i, _) in enumerate(rows) if i < tiling.edge(0)),
        "edge_y": sum(1 << r for r, (_, j) in enumerate(rows) if j < tiling.edge(1)),
        "last_row": tiling.last_row,
    }
