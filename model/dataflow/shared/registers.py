"""The run-time registers of a layer with shared words."""

from typing import TYPE_CHECKING

from convolith.model.dataflow.stored import Store

if TYPE_CHECKING:
    from convolith.model.dataflow.shared.tiling import SharedTiling

__all__ = ["register_values", "store_values"]


def register_values(tiling: "SharedTiling", act_base: int) -> dict[str, int]:
    """The registers that differ from those of the plain loop nest."""
    config, layer = tiling.config, tiling.layer
    (sx, sy), (px, py), (dx, dy) = layer.stride, layer.padding, layer.dilation
    step_x = tiling.steps[0]  # from a line of words to the next
    phases_x, phases_y = tiling.phases
    word_y = tiling.pixel_words
    word_x = layer.IY * word_y
    patch_x, patch_y = tiling.patch
    across, along = tiling.patches
    oy, ox = patch_y * sy * word_y, patch_x * sx * word_x
    back_y = dy - sy * (tiling.columns - 1)  # from a phase's last word to the next phase's first
    back_x = dx - step_x * (tiling.lines - 1)
    line_y = (phases_y.count - 1) * dy + sy * (tiling.last_columns - 1)  # to a line's last word
    rows = [divmod(r % (patch_x * patch_y), patch_y) for r in range(config.rows)]
    return {
        "shared_words": 1,
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
        "dilation_x": step_x,
        "dilation_y": back_y,
        "act_base": act_base - px * word_x - py * word_y,
        "delta_g": 1,
        "delta_n": layer.IX * word_x - (across - 1) * ox - (along - 1) * oy,
        "delta_ox": ox - (along - 1) * oy,
        "delta_oy": oy,
        "delta_ic": back_x * word_x - line_y * word_y,
        "delta_kx": step_x * word_x - line_y * word_y,
        "delta_ky": back_y * word_y,
        "columns": tiling.columns - 2,
        "last_columns": tiling.last_columns - 2,
        "taps_y": phases_y.reach + 1,
        "taps_x": phases_x.reach + 1,
        "slot_y": sy,
        "delta_slot": sy * word_y,
        "back_x": back_x,
        "parts": tiling.parts - 1,
        "line_delay": tiling.line_delay,
        "edge_x": sum(1 << r for r, (i, _) in enumerate(rows) if i < tiling.edge(0)),
        "edge_y": sum(1 << r for r, (_, j) in enumerate(rows) if j < tiling.edge(1)),
        "last_row": tiling.last_row,
    }


def store_values(tiling: "SharedTiling", store: Store) -> dict[str, int]:
    """The registers for storing results, patch by patch."""
    config, layer = tiling.config, tiling.layer
    pixel = store.pixel_step(config)
    (patch_x, patch_y), line = tiling.patch, layer.OY * pixel
    return store.register_values(config) | {
        "store_pass": config.part_lanes // config.post_lanes,
        "last_j": tiling.edge(1) - 2,
        "patch_j": patch_y - 2,
        "last_i": tiling.edge(0) - 2,
        "patch_i": patch_x - 2,
        "store_i": line,
        "store_oy": patch_y * pixel,
        "store_ox": patch_x * line,
        "store_n": layer.OX * line,
    }
