"""Which input a range of outputs needs along one axis."""

from dataclasses import dataclass

__all__ = ["Window", "input_window", "widest_window"]


@dataclass(frozen=True)
class Window:
    """Input pixels ``first`` to ``end`` - 1, with so much padding before and after them.

    ``after`` is negative where the last pixel is not needed.
    """

    first: int
    end: int
    before: int
    after: int

    @property
    def at_0(self) -> "Window":
        """One of the same extent and padding, wherever it is."""
        return Window(0, self.end - self.first, self.before, self.after)


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


def widest_window(starts: range, whole: int, *, stride: int, padding: int, **axis: int) -> Window:
    """Of the parts of ``whole`` outputs that begin at ``starts``, the one with the most pixels."""
    # Windows grow up to the first that begins within the input, and from it on they do not; the
    # last one may be of fewer outputs.
    inside = -(-padding // (stride * starts.step))
    last = (whole - 1) // starts.step
    choices = {min(max(n, 0), last) for n in (inside - 1, inside, last - 1, last)}
    windows = [
        input_window(range(starts[n], min(starts[n] + starts.step, whole)),
                     stride=stride, padding=padding, **axis)
        for n in sorted(choices)
    ]
    return max(windows, key=lambda window: window.end - window.first)
