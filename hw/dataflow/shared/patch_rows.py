"""Which rows of the array have an output, in layers with shared words."""

from collections.abc import Sequence

from amaranth.hdl import *
from amaranth.lib import data

__all__ = ["PATCH_END", "patch_outputs"]

PATCH_END = data.StructLayout({"end_x": 1, "end_y": 1, "final": 1})
"""Flags of a patch: it is the last one along x; the last one along y; the layer's last one."""


def patch_outputs(
    layer, patch_ends: Sequence[Value], shares: Value, valid: Sequence[Value],
    final: Sequence[Value],
) -> tuple[list[Value], list[Value]]:
    """For each row whether it has an output in its patch, and whether that is the layer's last.

    Parameters
    ----------
    layer : register_layout(config)
    patch_ends : list of Value
        PATCH_END of each row's patch.
    shares : Value
        The layer has shared words.
    valid, final : list of Value
        The flags of each row in other layers, which are returned unchanged.
    """
    valids, finals = [], []
    for r, patch_end in enumerate(PATCH_END(value) for value in patch_ends):
        inside = (~patch_end.end_x | layer.edge_x[r]) & (~patch_end.end_y | layer.edge_y[r])
        valids.append(Mux(shares, inside, valid[r]))
        finals.append(Mux(shares, patch_end.final & (layer.last_row == r), final[r]))
    return valids, finals
