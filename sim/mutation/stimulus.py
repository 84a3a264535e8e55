"""A program for cores with mutants, packed once, and what the right core does with it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convolith.model.arrays import Bytes, Ints
from convolith.model.compile.program import Program, Step
from convolith.model.dataflow.cycles import output_latency
from convolith.model.options.units import write_ports
from convolith.sim.engines.contract.environment import Activity, Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import Run
from convolith.sim.engines.native.library import Library, Simulation

__all__ = ["Stimulus"]

SLACK = 300  # cycles beyond the right core's after which a layer counts as hung


class Hang(SimulationError):
    """A step does not end."""


@dataclass(frozen=True)
class Seen:
    """What came out of a step, as bytes, and what the ports did."""

    rows: Bytes
    row_cycles: Ints
    cycles: int
    activity: Activity


class Stimulus:
    """Steps for one core, in an environment.

    Parameters
    ----------
    library : Library
        Of that core, with mutants or of a kind that is tested. It is used for sizes only.
    program : sequence of Step
    environment : Environment
    reset_after : int
        The first step is begun, and reset after so many cycles, before all of them run. If it has
        ended then, the core is reset while it takes layers. 0: not.
    """

    def __init__(
        self, library: Library, program: Program, environment: Environment, *, reset_after: int = 0
    ):
        self.program = program
        self.environment, self.reset_after = environment, reset_after
        sizes = library.sizes
        self.row_sizes = [sizes[step.stream] for step in program]
        self.words = [
            {name: step.packed(name, sizes[name]) for name in step.words} for step in program
        ]
        self.layers = [
            step.register_word.to_bytes(sizes["layer"], "little") for step in program
        ]
        self.written = {port.memory for port in write_ports(program[0].config)}
        self.expected: Sequence[Seen] = []
        self.memory: Bytes | None = None

    def expect(self, library: Library, run: Run) -> None:
        """Takes what the right core does for what must come.

        ``run`` is a simulator's run of the same, which has been compared with PyTorch.

        Raises
        ------
        AssertionError
            If the core without a mutant does something else.
        """
        seen, self.memory = self.play(library, 0, [step.cycles * 100 for step in self.program])
        for step, rows, one in zip(self.program, run.rows, seen, strict=True):
            assert np.array_equal(step.unpacked(one.rows), rows), "the core without a mutant"
        self.expected = seen

    def verdict(self, library: Library, mutant: int) -> str:
        """How a mutant is found: ``hang``, ``values``, ``cycles``, ``ports`` or ``memory``.

        Of the ports are rows that come late and words that are not the layer's, too. An empty
        text: it is not found.
        """
        try:
            seen, memory = self.play(library, mutant, [one.cycles for one in self.expected])
        except Hang:
            return "hang"
        except SimulationError:
            return "ports"
        for found, right in zip(seen, self.expected, strict=True):
            if not np.array_equal(found.rows, right.rows):
                return "values"
            same = np.array_equal(found.row_cycles, right.row_cycles)
            if found.cycles != right.cycles or not same:
                return "cycles"
            if found.activity != right.activity:
                return "ports"
        if self.memory is not None and memory is not None:
            return "" if np.array_equal(memory, self.memory) else "memory"
        return ""

    def play(
        self, library: Library, mutant: int, cycles: Sequence[int]
    ) -> tuple[list[Seen], Bytes | None]:
        """Runs all steps; each may take its cycles, and SLACK more.

        Raises
        ------
        Hang
            If one does not end.
        SimulationError
            If one leaves rows behind, or reads what is not its own.
        """
        around = self.environment
        held: dict[str, Bytes] = {}
        seen = []
        with Simulation(
            library, percent=around.percent, scrambled=around.scrambled, seed=around.seed,
            mutant=mutant,
        ) as simulation:
            if self.reset_after:
                self.write(held, 0)
                self.start(simulation, held, 0)
                if simulation.advance(self.reset_after):
                    simulation.settle()
                simulation.reset()
            for number in range(len(self.program)):
                self.write(held, number)
                before = simulation.cycle
                self.start(simulation, held, number)
                if not simulation.advance(before + cycles[number] + SLACK):
                    raise Hang("it hangs")
                count = simulation.count
                seen.append(Seen(
                    simulation.rows[:count].copy(), simulation.row_cycles[:count] - before,
                    simulation.cycle - before, simulation.settle(),
                ))
            config = self.program[0].config
            if simulation.finish(output_latency(config) + config.least_cycles):
                raise SimulationError("rows came late")
            simulation.settle()
        return seen, next((held[name] for name in self.written), None)

    def write(self, held: dict[str, Bytes], number: int) -> None:
        """The words of a step; those of a memory that the core writes are there once, to change."""
        self.program[number].write(held, self.words[number])

    def start(self, simulation: Simulation, held: dict[str, Bytes], number: int) -> None:
        """Starts a step."""
        step: Step = self.program[number]
        simulation.start(
            self.layers[number], held, step.reads, most=step.rows + 1,
            size=self.row_sizes[number], last_bit=step.last_bit,
        )
