"""What a core's outputs did in a table, told as a run: rows, cycles, and when it took layers."""

from collections.abc import Sequence

import numpy as np

from convolith.model.compile.program import Program, Step
from convolith.model.options.unit import Flag, Stream
from convolith.model.options.units import memories, outputs
from convolith.sim.engines.contract.environment import Activity
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import Run
from convolith.sim.engines.played.ports import input_ports, output_ports
from convolith.sim.engines.played.stimulus import Stimulus

__all__ = ["Outputs", "observed_run"]

Outputs = Sequence[Sequence[int | None]]
"""Per clock cycle the values of `output_ports`; None: some bits are undefined."""


def observed_run(
    program: Program, stimulus: Stimulus, found: Outputs, *, ready: bool, wall_s: float
) -> Run:
    """The run of a program whose ``stimulus`` gave these outputs.

    ``ready``: tell as well when the core took layers again.

    Raises
    ------
    SimulationError
        If an output that counts is undefined, a stream breaks its rules, a word or registers are
        not taken, or something comes where nothing may come.
    """
    if len(found) != len(stimulus.lines):
        raise SimulationError(
            f"the simulation ended after {len(found)} of {len(stimulus.lines)} clock cycles"
        )
    reader = _Reader(program, stimulus, found)
    steps = [reader.step(number) for number in range(len(program))]
    reader.check_between()
    loading = sum(step.load_cycles for step in program)
    return Run(
        rows=[one.numbers(payloads) for one, (payloads, *_) in zip(program, steps, strict=True)],
        row_cycles=[np.array(cycles, dtype=np.int64) for _, cycles, _, _ in steps],
        step_cycles=tuple(cycles for _, _, cycles, _ in steps),
        loading=loading, simulated=len(found), wall_s=wall_s,
        activities=tuple(Activity(ready=again, reads={}) for *_, again in steps) if ready else (),
    )


class _Reader:
    """Outputs, read step by step."""

    def __init__(self, program: Program, stimulus: Stimulus, found: Outputs):
        self.program, self.stimulus, self.found = program, stimulus, found
        config = stimulus.config
        self.inputs = {port.name: i for i, port in enumerate(input_ports(config))}
        self.outputs = {port.name: i for i, port in enumerate(output_ports(config))}
        self.memories = tuple(memories(config))
        self.streams = [one.name for one in outputs(config) if isinstance(one, Stream)]
        self.flags = [one.name for one in outputs(config) if isinstance(one, Flag)]
        self.before = 0  # cycles of the steps before

    def step(self, number: int) -> tuple[list[int], list[int], int, int]:
        """A step's payloads, their cycles, its own cycles, and when it took layers again."""
        step, start = self.program[number], self.stimulus.starts[number]
        if not self.bit("i_layer__ready", start):
            raise SimulationError(f"step {number + 1} was not taken, the core was not ready")
        payloads: list[int] = []
        cycles: list[int] = []
        end = again = 0
        for clock in range(start + 1, self.stimulus.ends(number) + 1):
            cycle = clock - start
            if not again and self.bit("i_layer__ready", clock):
                again = cycle
            payload = self.taken(step, clock)
            if payload is not None:
                payloads.append(payload)
                cycles.append(self.before + cycle)
            if not end and (
                (payload or 0) >> step.last_bit or any(self.bit(flag, clock) for flag in self.flags)
            ):
                end = cycle
        self.before += end
        return payloads, cycles, end, again

    def taken(self, step: Step, clock: int) -> int | None:
        """The payload that leaves in a clock cycle, if one does."""
        mine = None
        for name in self.streams:
            if not self.bit(f"{name}__valid", clock):
                continue
            payload = self.found[clock][self.outputs[f"{name}__payload"]]
            if name != step.stream:
                raise SimulationError(f"something came on {name}, where nothing may come")
            if payload is None:
                raise SimulationError(f"{name}__payload is undefined in clock cycle {clock}")
            if self.given(f"{name}__ready", clock):
                mine = payload
            elif clock + 1 < len(self.found):
                self.check_waiting(name, payload, clock + 1)
        return mine

    def check_waiting(self, name: str, payload: int, clock: int) -> None:
        """What was not taken must still be there."""
        following = self.found[clock][self.outputs[f"{name}__payload"]]
        if not self.bit(f"{name}__valid", clock) or following != payload:
            raise SimulationError(f"{name} changed in clock cycle {clock}, while it had to wait")

    def check_between(self) -> None:
        """In the cycles before the first step nothing comes; in all of them words are taken."""
        for clock in range(1, len(self.found)):
            for name in self.memories:
                offered = self.given(f"i_{name}__valid", clock)
                if offered and not self.bit(f"i_{name}__ready", clock):
                    raise SimulationError(f"a word of {name} was not taken in clock cycle {clock}")
        for clock in range(1, self.stimulus.starts[0] + 1):
            for name in (*(f"{stream}__valid" for stream in self.streams), *self.flags):
                if self.bit(name, clock):
                    raise SimulationError(f"{name} is 1 before the first step")

    def given(self, name: str, clock: int) -> int:
        """The value of an input."""
        return self.stimulus.lines[clock][self.inputs[name]]

    def bit(self, name: str, clock: int) -> int:
        """The value of an output of one bit, which must be defined."""
        value = self.found[clock][self.outputs[name]]
        if value is None:
            raise SimulationError(f"{name} is undefined in clock cycle {clock}")
        return value
