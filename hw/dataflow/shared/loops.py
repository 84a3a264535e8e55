"""The loop variables of layers with shared words, computed from the rounds of other loops."""

from amaranth.hdl import *

from convolith.model.options.config import ArrayConfig

__all__ = ["shared_loops"]


def shared_loops(config: ArrayConfig, layer, *, weights, counts, walk) -> dict[str, Value]:
    """mac, oc, ox, oy, kx, ky of row 0 and column 0 (`SharedTiling` has the loops).

    ``mac`` is 0 for a word without a tap, with one exception: where a phase has fewer taps than the
    first one, the tap that would follow is shown as a ``mac``, and its weight is zero. The formulas
    divide, so they are for waveforms only.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    weights : Value
        A weight word is consumed.
    counts : dict
        Rounds of block, passes (of m and part), phase_x, line, phase_y, column.
    walk : dict
        The walker's ox and oy, in patches.
    """
    size = config.size_bits
    # The registers hold the step from a phase's last tap to the next phase's first one (`back_x`,
    # `dilation_y`). The dilation is that step plus the strides within a phase.
    stride_x, stride_y = layer.dilation_x, layer.slot_y
    dilation_x = (layer.back_x + stride_x * (layer.kx_count + 1).as_unsigned())[:size]
    dilation_y = (layer.dilation_y + stride_y * (layer.columns + 1))[:size]
    x = counts["phase_x"] * dilation_x + counts["line"] * stride_x
    y = counts["phase_y"] * dilation_y + counts["column"] * stride_y
    patch_y = layer.stride_y // stride_y  # outputs of a patch; along x that many of a group's rows
    parts = layer.parts + 1
    part, m = counts["passes"] % parts, counts["passes"] // parts
    channel = counts["block"] * config.lanes + part * config.part_lanes
    return {
        "mac": weights & (x % dilation_x == 0) & (y % dilation_y == 0),
        "oc": channel * layer.group_oc + m,
        "ox": walk["ox"] * (config.rows // config.lane_groups // patch_y),
        "oy": walk["oy"] * patch_y,
        "ic": C(0),
        "kx": x // dilation_x,
        "ky": y // dilation_y,
    }
