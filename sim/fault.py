"""Faults as users write them."""

from convolith.model import cycles
from convolith.model.tiling import Tiling
from convolith.sim.simulator import Fault

__all__ = ["parse_fault"]


def parse_fault(text: str, tiling: Tiling) -> Fault:
    """``ROW,COL,BIT[,CYCLE]``; without a cycle, it hits that PE's first complete sum.

    Raises
    ------
    ValueError
        If it is not of that form, or names no PE, no bit, or no cycle of the layer.
    """
    config = tiling.config
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (3, 4):
        raise ValueError(f"a fault must be ROW,COL,BIT or ROW,COL,BIT,CYCLE, not {text!r}")
    total = cycles.cycles(tiling)
    if len(numbers) == 3 and numbers[0] in range(tiling.layer.P, config.rows):
        raise ValueError(f"a fault's row must hold a pixel, one of {tiling.layer.P}, not {text!r}")
    if len(numbers) == 3 and numbers[1] in range(tiling.layer.group_OC, config.cols):
        raise ValueError(
            f"a fault's column must hold an output channel, one of {tiling.layer.group_OC}, "
            f"not {text!r}"
        )
    numbers += [cycles.sum_cycle(tiling, 0, numbers[0]) - 1][len(numbers) - 3 :]
    for name, value, low, high in zip(
        ("row", "column", "bit", "cycle"),
        numbers,
        (0, 0, 0, 1),
        (config.rows - 1, config.cols - 1, config.acc_bits - 1, total),
        strict=True,
    ):
        if not low <= value <= high:
            raise ValueError(f"a fault's {name} must be from {low} to {high}, not {value}")
    row, col, bit, cycle = numbers
    return Fault(row=row, col=col, bit=bit, cycle=cycle)
