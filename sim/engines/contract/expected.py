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
    for step, rows in zip(program, run.rows, strict=True):
        if len(rows) != step.rows:
            what = "words of activations" if step.output else "rows of sums"
            raise SimulationError(f"the layer gave {len(rows)} {what}, not {step.rows}")
    if environment:
        _check_events(run, program, environment)
        return
    for step, cycles in zip(program, run.step_cycles, strict=True):
        if cycles != step.cycles:
            raise _other_cycles(cycles, step.cycles)


def _other_cycles(found: int, expected: int) -> SimulationError:
    return SimulationError(f"the layer took {found} cycles, not {expected} as the model says")


def _check_events(run: Run, program: Program, environment: Environment) -> None:
    """The same for a run in an environment, and more: each row, and the ports."""
    begin = 0
    events = expected_events(program, environment)
    for number, (step, expected) in enumerate(zip(program, events, strict=True)):
        if run.step_cycles[number] != expected.end:
            raise _other_cycles(run.step_cycles[number], expected.end)
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
                raise SimulationError(
                    f"the layer had {found} {what}, not {wanted} as the model says"
                )
        cycles = run.row_cycles[number] - begin
        if not np.array_equal(cycles, expected.row_cycles):
            row = int(np.argmax(cycles != np.array(expected.row_cycles)))
            raise SimulationError(
                f"row {row} left in cycle {cycles[row]}, not {expected.row_cycles[row]} as the "
                "model says"
            )
        begin += expected.end
