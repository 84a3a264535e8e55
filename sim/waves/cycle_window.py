"""The cycles that a waveform shows."""

from convolith.model.compile.schedule import Schedule
from convolith.model.dataflow import cycles

__all__ = ["around", "cycle_window"]

MOST_BEFORE = 2000
AFTER = 4


def cycle_window(first: int | None, last: int | None, schedule: Schedule) -> tuple[int, int] | None:
    """The cycles from ``first`` to ``last``; None if neither is given.

    Raises
    ------
    ValueError
        If they are not a window within the layer's cycles.
    """
    if first is None and last is None:
        return None
    total = schedule.cycles
    window = (1 if first is None else first, total if last is None else last)
    if not 1 <= window[0] <= window[1] <= total:
        raise ValueError(
            f"the window of cycles must lie from 1 to {total}, the layer's last, "
            f"not from {window[0]} to {window[1]}"
        )
    return window


def around(schedule: Schedule, cycle: int) -> tuple[int, int]:
    """The window for a wrong output that left in ``cycle``.

    It begins with the first product of the output's sum, but at most MOST_BEFORE cycles before
    ``cycle``, and ends AFTER cycles after it.
    """
    tilings = [piece.mapping.tiling for piece in schedule.pieces]
    longest = max(tiling.tile_cycles + tiling.delay(tiling.last_row) for tiling in tilings)
    before = min(longest + cycles.output_latency(schedule.config), MOST_BEFORE)
    return max(1, cycle - before), min(cycle + AFTER, schedule.cycles)
