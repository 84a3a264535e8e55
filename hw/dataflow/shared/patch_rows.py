"""Which rows of the array have an output, in layers that share words."""

from amaranth.hdl import *

__all__ = ["PatchRows"]


class PatchRows:
    """Says per row whether it has an output in a patch, and whether that is the layer's last.

    Parameters
    ----------
    layer : register_layout(config)
    patch_end : Value, 3
        For row 0, together with ``last``: the patch is the last along x, along y, of the layer.
    """

    def __init__(self, layer, patch_end: Value):
        self.layer, self.patch_end = layer, patch_end

    def outputs(self, valid, final, patch_ends):
        """``valid`` and ``final`` of each row: as they are, or as the patch's end has them."""
        layer = self.layer
        valids, finals = [], []
        for r, (end_x, end_y, last_patch) in enumerate(patch_ends):
            inside = (~end_x | layer.edge_x[r]) & (~end_y | layer.edge_y[r])
            is_last = last_patch & (layer.last_row == r)
            valids.append(Mux(layer.depthwise, inside, valid[r]))
            finals.append(Mux(layer.depthwise, is_last, final[r]))
        return valids, finals
