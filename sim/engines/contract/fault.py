"""Faults as users write them."""

from convolith.model.compile.schedule import Schedule
from convolith.model.dataflow import cycles
from convolith.sim.engines.contract.simulator import Fault

__all__ = ["parse_fault"]


def parse_fault(text: str, schedule: Schedule) -> Fault:
    """``ROW,COL,BIT[,CYCLE]``; without a cycle, it hits that PE's first complete sum.

    Raises
    ------
    ValueError
        If it is not of that form, or names no PE, no bit, or no cycle of the layer.
    """
    if not schedule.pieces:
        raise ValueError(f"a fault must be in a layer with outputs, not {text!r} in an empty batch")
    config, tiling = schedule.config, schedule.pieces[0].mapping.tiling
    try:
        numbers = [int(part) for part in text.split(",") if part.isascii()]
    except ValueError:
        numbers = []
    if len(numbers) not in (3, 4):
        raise ValueError(f"a fault must be ROW,COL,BIT or ROW,COL,BIT,CYCLE, not {text!r}")
    total = schedule.cycles
    if len(numbers) == 3:
        used = tiling.first_outputs
        for what, number, some, most in (
            ("row must hold a pixel", numbers[0], used[0], config.rows),
            ("column must hold an output channel", numbers[1], used[1], config.cols),
        ):
            if number in range(most) and number not in some:
                raise ValueError(f"a fault's {what}, one of {len(some)}, not {text!r}")
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
