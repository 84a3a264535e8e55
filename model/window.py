"""Which input a range of outputs needs along one axis."""

from dataclasses import dataclass

__all__ = ["Window", "input_window"]


@dataclass(frozen=True)
class Window:
    """Input pixels ``first`` to ``end`` - 1, with so much padding before and after them.

    ``after`` is negative where the last pixel is not needed.
    """

    first: int
    end: int
    before: int
    after: int


def input_window(
    outputs: range, *, extent: int, stride: int, padding: int, kernel_extent: int
) -> Window:
    """For ``outputs`` of an axis with ``extent`` pixels; the kernel's extent with its dilation."""
    low = outputs.start * stride - padding
    high = (outputs.stop - 1) * stride - padding + kernel_extent
    first, end = max(low, 0), min(high, extent)
    if first >= end:  # nothing but padding: one pixel that is left out
        return Window(0, 1, high - low, -1)
    return Window(first, end, first - low, high - end)
