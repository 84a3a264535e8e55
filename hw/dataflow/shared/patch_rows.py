"""Which rows of the array have an output, in layers with shared words."""

from collections.abc import Sequence

from amaranth.hdl import *
from amaranth.lib import data

from convolith.model.options.config import ArrayConfig

__all__ = ["PATCH_END", "patch_outputs"]

PATCH_END = data.StructLayout({"end_x": 1, "end_y": 1, "final": 1})
"""Flags of a patch: it is the last one along x; the last one along y; the layer's last one."""


def patch_outputs(
    config: ArrayConfig, layer, patch_ends: Sequence[Value], shares: Value,
    valid: Sequence[Value], final: Sequence[Value],
) -> tuple[list[Value], list[Value]]:
    """For each row whether it has an output in its patch, and whether that is the layer's last.

    A patch at the end of an axis has one output along it at least, and the layer's last output is
    one of the last lane group. So some rows need no register. A patch can also be a single line of
    as many outputs; then a group's first row alone begins a line.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    patch_ends : list of Value
        PATCH_END of each row's patch.
    shares : Value
        The layer has shared words.
    valid, final : list of Value
        The flags of each row in other layers, which are returned unchanged.
    """
    lines, outputs = config.patch
    last_group = config.rows - lines * outputs
    valids, finals = [], []
    for r, patch_end in enumerate(PATCH_END(value) for value in patch_ends):
        place = r % (lines * outputs)
        inside = (~patch_end.end_x | layer.edge_x[r] | (place < outputs)) & (
            ~patch_end.end_y | layer.edge_y[r] | (place == 0)
        )
        last = patch_end.final & (layer.last_row == r) & (r >= last_group)
        valids.append(Mux(shares, inside, valid[r]))
        finals.append(Mux(shares, last, final[r]))
    return valids, finals
