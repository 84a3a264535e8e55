"""The run-time registers of the plain loop nest."""

from typing import TYPE_CHECKING

from convolith.model.dataflow.stored import Store

if TYPE_CHECKING:
    from convolith.model.dataflow.dense.tiling import DenseTiling

__all__ = ["register_values", "store_values"]


def register_values(tiling: "DenseTiling", act_base: int) -> dict[str, int]:
    """The registers for the layer's shape, with the input's words from ``act_base`` on."""
    layer = tiling.layer
    (sx, sy), (px, py), (dx, dy) = layer.stride, layer.padding, layer.dilation
    word_y = tiling.pixel_words
    word_x = layer.IY * word_y
    oy, ox, ky = sy * word_y, sx * word_x, dy * word_y
    kx, last_oy, last_ky = dx * word_x, (layer.OY - 1) * oy, (layer.KY - 1) * ky
    return {
        "g_count": layer.groups - 2,
        "oc_count": tiling.oc_tiles - 2,
        "px_count": tiling.px_tiles - 2,
        "ic_count": tiling.row_blocks - 2,
        "kx_count": layer.KX - 2,
        "ky_count": layer.KY - 2,
        "n_count": layer.N - 2,
        "ox_count": layer.OX - 2,
        "oy_count": layer.OY - 2,
        "stride_x": sx,
        "stride_y": sy,
        "dilation_x": dx,
        "dilation_y": dy,
        "first_x": -px,
        "first_y": -py,
        "size_x": layer.IX,
        "size_y": layer.IY,
        "act_base": act_base - px * word_x - py * word_y,
        "delta_g": tiling.ic_blocks,
        "delta_n": layer.IX * word_x - (layer.OX - 1) * ox - last_oy,
        "delta_ox": ox - last_oy,
        "delta_oy": oy,
        "delta_ic": 1 - (layer.KX - 1) * kx - last_ky,
        "delta_kx": kx - last_ky,
        "delta_ky": ky,
        "group_oc": layer.group_OC,
        "one_dimensional": int(layer.dims == 1),
    }


def store_values(tiling: "DenseTiling", store: Store) -> dict[str, int]:
    """The registers for storing results, pixel by pixel."""
    config, layer = tiling.config, tiling.layer
    # The results of groups with fewer channels than a tile follow each other within a word.
    channels = min(config.cols, layer.group_OC if layer.groups > 1 else config.cols)
    return store.register_values(config) | {
        "store_pass": channels // config.post_lanes,
        "last_j": layer.P - 2,
        "last_i": -1,
    }
