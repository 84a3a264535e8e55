"""A simulator's run beside the model's: the first thing that differs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.program import Step
from convolith.model.dataflow.events import Events
from convolith.model.dataflow.traffic import port_reads
from convolith.sim.agree.round import Place, Round
from convolith.sim.engines.contract.environment import Activity
from convolith.sim.engines.contract.simulator import Run

__all__ = ["Difference", "first_difference"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What differs, and where.

    Parameters
    ----------
    what : str
        In a sentence, with both values.
    place : Place, optional
        Without one, the run as a whole differs.
    row : int, optional
        Of the step, from 0 on.
    cycle : int, optional
        In which the row left, counted from the step's first one.
    found, expected : int, optional
        Both values.
    """

    what: str
    place: Place | None = None
    row: int | None = None
    cycle: int | None = None
    found: int | None = None
    expected: int | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.place else self.what


def first_difference(run: Run, round_: Round) -> Difference | None:
    """Step by step: each row's cycle and numbers, how many there are, the step's cycles."""
    begin = 0
    for number, place in enumerate(round_.places):
        events = round_.expected.events[number]
        rows, wanted = run.rows[number], round_.expected.rows[number]
        cycles = run.row_cycles[number] - begin
        if found := _row(rows, cycles, wanted, np.array(events.row_cycles, dtype=np.int64), place):
            return found
        counts = [
            ("rows left", len(rows), len(wanted)),
            ("cycles to its end", run.step_cycles[number], events.end),
        ]
        if run.activities:
            counts += _ports(run.activities[number], round_.program[number], events)
        for what, seen, right in counts:
            if seen != right:
                return Difference(
                    what=f"{seen} {what}, not {right}", place=place, found=seen, expected=right
                )
        begin += events.end
    return _memory(run, round_)


def _ports(activity: Activity, step: Step, events: Events) -> Iterator[tuple[str, int, int]]:
    """What the ports did, as far as a simulator shows it: in words, found, expected."""
    yield "cycles until layers were taken again", activity.ready, events.ready
    reads = port_reads(step.tiling, requantized=step.output is not None)
    for name, count in activity.reads.items():
        yield f"reads of the memory {name}", count, reads[name]


def _row(
    rows: Ints, cycles: Ints, wanted: Ints, when: Ints, place: Place
) -> Difference | None:
    """The first row that left in another cycle, or with other numbers."""
    for row in range(min(len(rows), len(wanted))):
        cycle, right = int(cycles[row]), int(when[row])
        if not np.array_equal(rows[row], wanted[row]):
            column = int(np.argmax(rows[row] != wanted[row]))
            found, expected = int(rows[row][column]), int(wanted[row][column])
            return Difference(
                what=f"row {row}, which left in cycle {cycle}, has {found} in column {column}, "
                f"not {expected}",
                place=place, row=row, cycle=cycle, found=found, expected=expected,
            )
        if cycle != right:
            return Difference(
                what=f"row {row} left in cycle {cycle}, not {right}",
                place=place, row=row, cycle=cycle, found=cycle, expected=right,
            )
    return None


def _memory(run: Run, round_: Round) -> Difference | None:
    """The first word of the activation memory that differs, where a simulator shows it."""
    expected = round_.expected.stored
    if run.stored is None or expected is None or np.array_equal(run.stored, expected):
        return None
    word, lane = (int(i) for i in np.argwhere(run.stored != expected)[0])
    found, right = int(run.stored[word, lane]), int(expected[word, lane])
    return Difference(
        what=f"the activation memory has {found} in lane {lane} of word {word}, not {right}",
        found=found, expected=right,
    )
