"""The core compiled by Verilator: native speed, its memories outside, as deep as a layer needs."""

from dataclasses import replace
from time import perf_counter

from convolith.hw.array import sums_layout
from convolith.hw.registers import layer_registers, register_layout
from convolith.model.config import ArrayConfig
from convolith.model.cycles import cycles as model_cycles
from convolith.model.cycles import load_cycles
from convolith.sim.native.build import build
from convolith.sim.native.cache import Cache
from convolith.sim.native.library import Library, Simulation
from convolith.sim.packing import pack_words, unpack_rows
from convolith.sim.simulator import BuildError, Job, Run, SimulationError

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
        key = (replace(config, act_words=2, weight_words=2), observed)
        if key not in self.libraries:
            path = build(config, self.cache, observed=observed)
            try:
                self.libraries[key] = Library(path)
            except OSError as error:  # a folder from which nothing may be run, say
                raise BuildError(f"the built simulator cannot be loaded: {error}") from error
        return self.libraries[key]

    def run(self, job: Job) -> Run:
        tiling = job.tiling
        config = tiling.config
        library = self.prepare(config, observed=bool(job.waves or job.fault))
        registers = register_layout(config).const(layer_registers(tiling)).as_bits()
        sums = sums_layout(config)
        act = pack_words(job.act, config.act_bits, library.act_size)
        weight = pack_words(job.weight, config.weight_bits, library.weight_size)
        started = perf_counter()
        with Simulation(
            library,
            layer=registers.to_bytes(library.layer_size, "little"),
            act=act,
            weight=weight,
            most_rows=tiling.output_rows + 1,  # room for one too many: it must be noticed
            last_bit=sums["last"].offset,
            **_observed(job),
        ) as simulation:
            expected = model_cycles(tiling)
            limit = expected + SLACK
            while not simulation.advance(min(simulation.cycle + REPORT_EVERY, limit)):
                if simulation.cycle >= limit or simulation.count > tiling.output_rows:
                    raise SimulationError(
                        f"the layer has not ended after {simulation.cycle} cycles"
                    )
                if job.progress:
                    job.progress(simulation.cycle, expected)
            wall_s = perf_counter() - started
            count = simulation.count
            return Run(
                rows=unpack_rows(config, simulation.rows[:count]),
                row_cycles=simulation.row_cycles[:count].copy(),
                cycles=simulation.cycle,
                load_cycles=load_cycles(tiling),
                simulated=simulation.cycle,
                wall_s=wall_s,
            )


def _observed(job: Job) -> dict[str, int | bytes]:
    """What only an observed core can do."""
    options: dict[str, int | bytes] = {}
    if job.waves:
        first, last = job.window or (0, model_cycles(job.tiling) + SLACK)
        options |= {"waves": bytes(job.waves), "from_cycle": first, "to_cycle": last}
    if fault := job.fault:
        options |= {
            "fault_cycle": fault.cycle, "fault_row": fault.row, "fault_col": fault.col,
            "fault_mask": 1 << fault.bit,
        }  # fmt: skip
    return options
