"""The input that a range of outputs needs along one axis."""

from dataclasses import dataclass

__all__ = ["Window", "input_window", "widest_window"]


@dataclass(frozen=True)
class Window:
    """Input pixels ``first`` to ``end`` - 1, with ``before`` and ``after`` pixels of padding.

    ``after`` is negative if the last pixel is not needed.
    """

    first: int
    end: int
    before: int
    after: int

    @property
    def at_0(self) -> "Window":
        """The window moved to pixel 0: the same extent and padding."""
        return Window(0, self.end - self.first, self.before, self.after)


def input_window(
    outputs: range, *, extent: int, stride: int, padding: int, kernel_extent: int
) -> Window:
    """The window of ``outputs`` along an axis with ``extent`` pixels.

    ``kernel_extent`` is that of the dilated kernel.
    """
    low = outputs.start * stride - padding
    high = (outputs.stop - 1) * stride - padding + kernel_extent
    first, end = max(low, 0), min(high, extent)
    if first >= end:  # only padding: one pixel, which is left out again
        return Window(0, 1, high - low, -1)
    return Window(first, end, first - low, high - end)


def widest_window(starts: range, whole: int, *, stride: int, padding: int, **axis: int) -> Window:
    """The window with the most pixels, of all pieces of ``whole`` outputs.

    The pieces begin at ``starts``.
    """
    # Windows grow up to the first one that begins within the input, and not after it. The last
    # piece may have fewer outputs.
    inside = -(-padding // (stride * starts.step))
    last = (whole - 1) // starts.step
    choices = {min(max(n, 0), last) for n in (inside - 1, inside, last - 1, last)}
    windows = [
        input_window(range(starts[n], min(starts[n] + starts.step, whole)),
                     stride=stride, padding=padding, **axis)
        for n in sorted(choices)
    ]
    return max(windows, key=lambda window: window.end - window.first)
