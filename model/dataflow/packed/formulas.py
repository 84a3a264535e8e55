"""The formulas of the registers of packed tiles."""

from convolith.model.dataflow.dense.formulas import DENSE
from convolith.model.dataflow.formulas import Quantity

__all__ = ["PACKED"]

PACKED = DENSE.extended(
    {
        "period": Quantity(
            "1 + ceil(max(0, 2 * pixels - R) / (R - pixels)) if pixels < R else 0",
            "tiles after which a tile begins with the first pixel again, if a pass has fewer "
            "pixels than R",
        ),
        "px_tiles": Quantity(
            "passes // (period + 1) * period + passes % (period + 1) if pixels < R "
            "else ceil(passes * pixels / R)",
            "tiles of all passes",
        ),
    },
    {
        "px_count": "px_tiles - 2",
        "beyond": "pixels - R",
        "pixel_count": "pixels - 2",
        "last_crosses": "passes % (period + 1) == 0 if pixels < R "
        "else (px_tiles - 1) * R // pixels < passes - 1",
    },
    switch="packed_tiles",
    note="Rows of sums leave in the order of the plain loop nest. A tile may have rows of two\n"
    "passes. Weights lie as in the plain loop nest.",
)
"""Of a layer with packed tiles; other registers are those of the plain loop nest."""
