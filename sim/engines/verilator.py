"""The core compiled by Verilator: native speed, its memories outside, as deep as a layer needs."""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from convolith.model.arrays import Bytes, Ints
from convolith.model.compile.program import Program, Step
from convolith.model.dataflow.cycles import output_latency
from convolith.model.numbers.packing import unpack_words
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories, write_ports
from convolith.sim.engines.contract.environment import Activity, Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.probe import Recorder
from convolith.sim.engines.contract.simulator import (
    BuildError,
    Fault,
    Progress,
    Run,
)
from convolith.sim.engines.native.build import build
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.native.kind import FAST, OBSERVED, TESTED, Kind
from convolith.sim.engines.native.library import Library, Samples, Simulation

__all__ = ["VerilatorSimulator"]

SLACK = 1000  # cycles beyond the model's after which a layer counts as hung
REPORT_EVERY = 1 << 16  # cycles between two looks at Python: some 50 ms


class VerilatorSimulator:
    """Runs `Core` with memories of the same latency as `CoreWithMemories`.

    The core is compiled once per configuration, memory depths left aside, and kept in the cache.
    Waveforms and faults need a second, observed core, which is slower.

    Parameters
    ----------
    cache : Cache, optional
    """

    name = "verilator"
    window_refusal = ""

    def __init__(self, cache: Cache | None = None):
        self.cache = cache or Cache()
        self.libraries: dict[tuple[ArrayConfig, Kind], Library] = {}

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> None:
        self.library(config, OBSERVED if observed else FAST)

    def library(self, config: ArrayConfig, kind: Kind) -> Library:
        """The core's, from the cache or built.

        Raises
        ------
        BuildError, CacheError
            If it can be neither.
        """
        key = (config.core, kind)
        if key not in self.libraries:
            path = build(config, self.cache, kind)
            try:
                self.libraries[key] = Library(path, config, kind)
            except OSError as error:  # a folder from which nothing may be run, say
                raise BuildError(f"the built simulator cannot be loaded: {error}") from error
        return self.libraries[key]

    def run(
        self,
        program: Program,
        *,
        waves: Path | None = None,
        window: tuple[int, int] | None = None,
        fault: Fault | None = None,
        recorder: Recorder | None = None,
        environment: Environment | None = None,
        progress: Progress | None = None,
    ) -> Run:
        config, total = program[0].config, sum(step.cycles for step in program)
        kind = OBSERVED if waves or fault or recorder else TESTED if environment else FAST
        library = self.library(config, kind)
        sizes = library.sizes
        rows, row_cycles, step_cycles = [], [], []
        activities: list[Activity] = []
        wall_s = 0.0
        held: dict[str, Bytes] = {}
        shown = window or (0, total + SLACK * len(program))
        samples = Samples(config, recorder) if recorder else None
        options = _observed(waves, shown, fault) | _surrounding(environment)
        with Simulation(library, samples, **options) as simulation:
            for step in program:
                words = {name: step.packed(name, sizes[name]) for name in step.words}
                step.write(held, words)
                begin, started = simulation.cycle, perf_counter()
                simulation.start(
                    step.register_word.to_bytes(sizes["layer"], "little"),
                    held,
                    step.reads,
                    most=step.rows + 1,  # room for one too many: it must be noticed
                    size=sizes[step.stream],
                    last_bit=step.last_bit,
                )
                cycles = step.cycles
                if environment:
                    cycles = environment.most_cycles(cycles, step.rows)
                _advance(simulation, step, cycles, total, progress)
                wall_s += perf_counter() - started
                count = simulation.count
                rows.append(step.unpacked(simulation.rows[:count]))
                row_cycles.append(simulation.row_cycles[:count].copy())
                step_cycles.append(simulation.cycle - begin)
                if environment:
                    activities.append(simulation.settle())
            # As long as anything can be on its way to the output.
            late = simulation.finish(output_latency(config) + config.least_cycles)
            if late:
                raise SimulationError(
                    f"{late} row{'s' * (late > 1)} came after the last one of a layer"
                )
            if environment:  # and the core must not have read what is not the layer's
                simulation.settle()
            return Run(
                rows=rows,
                row_cycles=row_cycles,
                step_cycles=tuple(step_cycles),
                loading=sum(step.load_cycles for step in program),
                simulated=simulation.cycle,
                wall_s=wall_s,
                activities=tuple(activities),
                stored=_stored(config, held) if environment else None,
            )


def _advance(
    simulation: Simulation, step: Step, cycles: int, total: int, progress: Progress | None
) -> None:
    """Runs a step to its end, for which it should need at most so many cycles."""
    limit = simulation.cycle + cycles + SLACK
    while not simulation.advance(min(simulation.cycle + REPORT_EVERY, limit)):
        if simulation.cycle >= limit or simulation.count > step.rows:
            raise SimulationError(f"the layer has not ended after {simulation.cycle} cycles")
        if progress:
            progress(simulation.cycle, total)


def _stored(config: ArrayConfig, held: Mapping[str, Bytes]) -> Ints | None:
    """What is in the memory that the core writes, if there is one."""
    for port in write_ports(config):
        memory = memories(config)[port.memory]
        return unpack_words(held[memory.name], memory.count, memory.number_bits)
    return None


def _surrounding(environment: Environment | None) -> dict[str, int | bytes]:
    """What only a tested core can have around it."""
    if not environment:
        return {}
    return {
        "percent": environment.percent, "scrambled": environment.scrambled,
        "seed": environment.seed,
    }


def _observed(
    waves: Path | None, window: tuple[int, int], fault: Fault | None
) -> dict[str, int | bytes]:
    """What only an observed core can do."""
    options: dict[str, int | bytes] = {}
    if waves:
        first, last = window
        options |= {"waves": bytes(waves), "from_cycle": first, "to_cycle": last}
    if fault:
        options |= {
            "fault_cycle": fault.cycle, "fault_row": fault.row, "fault_col": fault.col,
            "fault_mask": 1 << fault.bit,
        }
    return options
