"""How many of some evenly spaced places lie in an image."""

from convolith.model.dataflow.ceil_div import ceil_div

__all__ = ["inside"]


def inside(first: int, step: int, count: int, extent: int) -> int:
    """How many of the places ``first + i * step``, i < ``count``, are at least 0, and less than
    ``extent``."""
    begin = max(0, ceil_div(-first, step))
    end = min(count, ceil_div(extent - first, step))
    return max(0, end - begin)
