"""Which rows of the array have an output, in layers that share words."""

from collections.abc import Sequence

from amaranth.hdl import *
from amaranth.lib import data

__all__ = ["PATCH_END", "patch_outputs"]

PATCH_END = data.StructLayout({"end_x": 1, "end_y": 1, "final": 1})
"""Of a patch: it is the last one along x, along y, of the layer."""


def patch_outputs(
    layer, patch_ends: Sequence[Value], shares: Value, valid: Sequence[Value],
    final: Sequence[Value],
) -> tuple[list[Value], list[Value]]:
    """Per row whether it has an output in its patch, and whether that is the layer's last.

    Parameters
    ----------
    layer : register_layout(config)
    patch_ends : list of Value
        PATCH_END of each row's patch.
    shares : Value
        The layer's rows share words; in other layers all stays as it is:
    valid, final : list of Value
    """
    valids, finals = [], []
    for r, patch_end in enumerate(PATCH_END(value) for value in patch_ends):
        inside = (~patch_end.end_x | layer.edge_x[r]) & (~patch_end.end_y | layer.edge_y[r])
        valids.append(Mux(shares, inside, valid[r]))
        finals.append(Mux(shares, patch_end.final & (layer.last_row == r), final[r]))
    return valids, finals
