"""The core compiled by Verilator: native speed, its memories outside, as deep as a layer needs."""

from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from convolith.hw.layouts.registers import register_layout
from convolith.model.dataflow.cycles import output_latency
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories
from convolith.sim.engines.contract.load import MEMORIES, Load
from convolith.sim.engines.contract.packing import pack_words, unpack_rows
from convolith.sim.engines.contract.simulator import BuildError, Job, Run, SimulationError
from convolith.sim.engines.native.build import build
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.native.library import Library, Simulation

__all__ = ["VerilatorSimulator"]

SLACK = 1000  # cycles beyond the model's after which a layer counts as hung
REPORT_EVERY = 1 << 16  # cycles between two looks at Python: some 50 ms


class VerilatorSimulator:
    """Runs `Core` with memories of the same latency as `CoreWithMemories`.

    The core is compiled once per configuration, memory depths left aside, and kept in the cache. A
    job with a waveform or a fault runs on a second, observed core, which is slower.

    Parameters
    ----------
    cache : Cache, optional
    """

    name = "verilator"

    def __init__(self, cache: Cache | None = None):
        self.cache = cache or Cache()
        self.libraries: dict[tuple[ArrayConfig, bool], Library] = {}

    def check_window(self) -> None:
        return

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> Library:
        """The core's library, from the cache or built.

        Raises
        ------
        BuildError, CacheError
            If it can be neither.
        """
        key = (config.core, observed)
        if key not in self.libraries:
            path = build(config, self.cache, observed=observed)
            try:
                self.libraries[key] = Library(path)
            except OSError as error:  # a folder from which nothing may be run, say
                raise BuildError(f"the built simulator cannot be loaded: {error}") from error
        return self.libraries[key]

    def run(self, job: Job) -> Run:
        library = self.prepare(job.config, observed=bool(job.waves or job.fault))
        rows, row_cycles, load_cycles = [], [], []
        loading, wall_s = 0, 0.0
        words = _Words(job, library)
        with Simulation(library, **_observed(job)) as simulation:
            for load in job.loads:
                loading += words.put(load)
                registers = register_layout(job.config).const(load.registers()).as_bits()
                lanes, bits = load.lanes
                begin, started = simulation.cycle, perf_counter()
                simulation.load(
                    registers.to_bytes(library.sizes["layer"], "little"),
                    words.packed,
                    most=load.rows + 1,  # room for one too many: it must be noticed
                    size=library.sizes["result" if load.output else "row"],
                    last_bit=lanes * bits,
                )
                _advance(simulation, job, load)
                wall_s += perf_counter() - started
                count = simulation.count
                rows.append(unpack_rows(simulation.rows[:count], lanes, bits))
                row_cycles.append(simulation.row_cycles[:count].copy())
                load_cycles.append(simulation.cycle - begin)
            # As long as anything can be on its way to the output.
            late = simulation.finish(output_latency(job.config) + job.config.least_cycles)
            if late:
                raise SimulationError(
                    f"{late} row{'s' * (late > 1)} came after the last one of a layer"
                )
            return Run(
                rows=rows,
                row_cycles=row_cycles,
                load_cycles=tuple(load_cycles),
                loading=loading,
                simulated=simulation.cycle,
                wall_s=wall_s,
            )


def _advance(simulation: Simulation, job: Job, load: Load) -> None:
    """Runs a load to its end."""
    limit = simulation.cycle + load.cycles + SLACK
    while not simulation.advance(min(simulation.cycle + REPORT_EVERY, limit)):
        if simulation.cycle >= limit or simulation.count > load.rows:
            raise SimulationError(f"the layer has not ended after {simulation.cycle} cycles")
        if job.progress:
            job.progress(simulation.cycle, job.cycles)


class _Words:
    """Memory words as the core takes them, packed once while they stay the same."""

    def __init__(self, job: Job, library: Library):
        config, self.sizes = job.config, library.sizes
        self.bits = {name: memory.number_bits for name, memory in memories(config).items()}
        self.arrays: dict[str, NDArray[np.integer] | None] = {}
        self.packed: dict[str, NDArray[np.uint8]] = {}
        self.memory: NDArray[np.uint8] | None = None
        if config.store_results:  # what the core writes stays there from load to load
            depth = max(load.act_end for load in job.loads)
            self.memory = np.zeros((depth, self.sizes["act"]), dtype=np.uint8)
            self.packed["act"] = self.memory

    def put(self, load: Load) -> int:
        """Packs what is new; the cycles that loading it would take."""
        most = 0
        for name in MEMORIES:
            array = load.source(name)
            if array is None or array is self.arrays.get(name):
                continue
            self.arrays[name] = array
            packed = pack_words(load.words(name), self.bits[name], self.sizes[name])
            if name == "act" and self.memory is not None:
                self.memory[load.act_base : load.act_base + len(array)] = packed
            else:
                self.packed[name] = packed
            most = max(most, len(packed))
        return most


def _observed(job: Job) -> dict[str, int | bytes]:
    """What only an observed core can do."""
    options: dict[str, int | bytes] = {}
    if job.waves:
        first, last = job.window or (0, job.cycles + SLACK * len(job.loads))
        options |= {"waves": bytes(job.waves), "from_cycle": first, "to_cycle": last}
    if fault := job.fault:
        options |= {
            "fault_cycle": fault.cycle, "fault_row": fault.row, "fault_col": fault.col,
            "fault_mask": 1 << fault.bit,
        }
    return options
