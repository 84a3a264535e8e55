"""What the model says of a run: how many rows, in which cycles, and what the ports do."""

from collections.abc import Iterator

import numpy as np

from convolith.model.compile.program import Program
from convolith.model.dataflow.events import Events
from convolith.model.dataflow.traffic import port_reads
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import Run

__all__ = ["check_run", "expected_events"]


def expected_events(program: Program, environment: Environment) -> Iterator[Events]:
    """The events of each step in an environment."""
    begin = 0
    for step in program:
        found = step.events(environment.readiness(begin))
        yield found
        begin += found.end


def check_run(run: Run, program: Program, environment: Environment | None = None) -> None:
    """Compares with what the model says of the program.

    Raises
    ------
    SimulationError
        If the hardware lost rows, took other cycles, or read other words.
    """
    for number, what in _faults(run, program, environment):
        step = f"step {number} of {len(program)}: " if len(program) > 1 else ""
        raise SimulationError(f"{step}{what}")


def _faults(
    run: Run, program: Program, environment: Environment | None
) -> Iterator[tuple[int, str]]:
    """What differs, and in which step, from 1 on."""
    for number, (step, rows) in enumerate(zip(program, run.rows, strict=True), 1):
        if len(rows) != step.rows:
            what = "words of activations" if step.output else "rows of sums"
            yield number, f"the layer gave {len(rows)} {what}, not {step.rows}"
    if environment:
        yield from _event_faults(run, program, environment)
        return
    for number, (step, cycles) in enumerate(zip(program, run.step_cycles, strict=True), 1):
        if cycles != step.cycles:
            yield number, _other_cycles(cycles, step.cycles)


def _other_cycles(found: int, expected: int) -> str:
    return f"the layer took {found} cycles, not {expected} as the model says"


def _event_faults(
    run: Run, program: Program, environment: Environment
) -> Iterator[tuple[int, str]]:
    """The same for a run in an environment, and more: each row, and the ports."""
    begin = 0
    events = expected_events(program, environment)
    for number, (step, expected) in enumerate(zip(program, events, strict=True)):
        if run.step_cycles[number] != expected.end:
            yield number + 1, _other_cycles(run.step_cycles[number], expected.end)
        activity = run.activities[number]
        reads = port_reads(step.tiling, requantized=step.output is not None)
        seen = [
            ("cycles until it took layers again", activity.ready, expected.ready),
            *(
                (f"reads of the memory {name}", count, reads[name])
                for name, count in activity.reads.items()
            ),
        ]
        if activity.lanes_active is not None:
            seen.append(
                ("cycles with sums in the lanes", activity.lanes_active, expected.lanes_active)
            )
        for what, found, wanted in seen:
            if found != wanted:
                yield number + 1, f"the layer had {found} {what}, not {wanted} as the model says"
        cycles = run.row_cycles[number] - begin
        if not np.array_equal(cycles, expected.row_cycles):
            row = int(np.argmax(cycles != np.array(expected.row_cycles)))
            yield number + 1, (
                f"row {row} left in cycle {cycles[row]}, not {expected.row_cycles[row]} as the "
                "model says"
            )
        begin += expected.end
