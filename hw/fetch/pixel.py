"""An output pixel, as the hardware has it."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.model.options.config import ArrayConfig

__all__ = ["pixel_layout"]


def pixel_layout(config: ArrayConfig, flows=()) -> data.StructLayout:
    """One output pixel: where its window begins, and whether it exists.

    ``x``, ``y`` are the input coordinates of the window's first tap, which may lie outside the
    input; x is the height axis, y the width axis. They are modulo 2**size_bits: what lies before
    the input has numbers beyond its end (`ActAddress`). ``base`` is the tap's address. ``valid`` is
    0 for a row without a pixel, as at the end of a last tile. ``final`` marks the layer's last row
    of sums. Other dataflows (``flows``) add fields of their own.
    """
    return data.StructLayout({
        "x": config.size_bits,
        "y": config.size_bits,
        "base": config.addr_bits,
        "valid": 1,
        "final": 1,
        **{name: 1 for flow in flows for name in flow.pixel_fields},
    })
