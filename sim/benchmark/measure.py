"""The measurements, one by one."""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from unittest.mock import patch

from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.benchmark.error import BenchmarkError
from convolith.sim.benchmark.memory import run_measured
from convolith.sim.engines.contract.simulator import Simulator
from convolith.sim.engines.native import build as building
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.network.plan import plan

__all__ = ["Build", "Network", "Speed", "measure_build", "measure_network",
           "measure_networks", "measure_speed"]

VARIANTS = (
    "as it is", "-O1", "-O2", "no loops", "no loops, -O1", "for any processor",
    "Verilator's sign extension",
)
"""Ways to compile the core: what the chosen flags gain, and what they cost."""


@dataclass(frozen=True)
class Speed:
    """A simulator on some layers: all cycles that it went through, one core's seconds."""

    cycles: int
    wall_s: float
    macs: int

    @property
    def cycles_per_s(self) -> float:
        return self.cycles / self.wall_s

    @property
    def macs_per_s(self) -> float:
        return self.macs / self.wall_s


@dataclass(frozen=True)
class Network:
    """A whole ``convolith network`` command, Python's start included, builds not.

    ``lanes``: its layers are quantized, 0: they give their sums.
    """

    name: str
    array: str
    lanes: int
    report: dict
    wall_s: float
    memory_mib: float  # of all its processes


@dataclass(frozen=True)
class Build:
    """One way to compile a core, from nothing, and how fast it is then."""

    array: str
    variant: str
    wall_s: float
    speed: Speed


def measure_speed(
    simulator: Simulator, config: ArrayConfig, layers: Sequence[NamedLayer], repeat: int
) -> Speed:
    """The median of ``repeat`` runs of all layers; every result is compared with PyTorch."""
    simulator.prepare(config)
    convolutions = [task.prepare() for task in plan(config, layers, seed=0)]
    runs = []
    for _ in range(repeat):
        results = [convolution.run(simulator) for convolution in convolutions]
        if not all(result.equal for result in results):
            raise BenchmarkError(f"{simulator.name} on {config.shape} is not equal to PyTorch")
        cycles = sum(result.run.simulated for result in results)
        runs.append((sum(result.run.wall_s for result in results), cycles))
    wall_s, cycles = median(wall for wall, _ in runs), runs[0][1]
    return Speed(cycles, wall_s, sum(named.layer.macs for named in layers))


def measure_networks(
    networks: Sequence[tuple[Path, ArrayConfig]], jobs: int, rounds: int
) -> list[Network]:
    """Each several times, in turn: of each the run of the median wall time."""
    taken = [[measure_network(*network, jobs) for network in networks] for _ in range(rounds)]
    return [
        sorted(runs, key=lambda run: run.wall_s)[len(runs) // 2]
        for runs in zip(*taken, strict=True)
    ]


def measure_network(path: Path, config: ArrayConfig, jobs: int) -> Network:
    """The command in a process of its own; the core is built before."""
    VerilatorSimulator().prepare(config)
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        array = [f"--{name}={getattr(config, name)}" for name in ("rows", "cols", "dot")]
        array += [f"--post-lanes={config.post_lanes}"] if config.post_lanes else ["--sums"]
        command = [sys.executable, "-m", "convolith", "network", str(path), *array,
                   f"--jobs={jobs}", "--sim=verilator", f"--json={report}"]
        began = perf_counter()
        memory_mib = run_measured(command)
        wall_s = perf_counter() - began
        found = json.loads(report.read_text())
    return Network(path.stem, config.shape, config.post_lanes, found, wall_s, memory_mib)


def measure_build(
    config: ArrayConfig, variant: str, layers: Sequence[NamedLayer], repeat: int
) -> Build:
    """Builds into an empty cache, then runs the layers."""
    flags = ("OFTEN", variant[-3:])
    unrolled = ("roll", lambda folder, top: None)
    changes: dict[str, list[tuple[str, object]]] = {
        "-O1": [flags],
        "-O2": [flags],
        "no loops": [unrolled],
        "no loops, -O1": [unrolled, flags],
        "Verilator's sign extension": [("FAST_HEADER", Path(os.devnull))],
    }
    with TemporaryDirectory() as folder, ExitStack() as changed:
        for name, value in changes.get(variant, []):
            changed.enter_context(patch.object(building, name, value))
        if variant == "for any processor":
            changed.enter_context(patch.object(building.Toolchain, "native", ()))
        simulator = VerilatorSimulator(Cache(Path(folder)))
        began = perf_counter()
        simulator.prepare(config)
        wall_s = perf_counter() - began
        speed = measure_speed(simulator, config, layers, repeat)
    return Build(config.shape, variant, wall_s, speed)
