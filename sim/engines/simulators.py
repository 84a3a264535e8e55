"""The simulators by name."""

import logging

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.simulator import BuildError, Job, Run, Simulator
from convolith.sim.engines.native.toolchain import Toolchain
from convolith.sim.engines.verilator import VerilatorSimulator

__all__ = ["NAMES", "AutoSimulator", "get_simulator"]

log = logging.getLogger(__name__)

NAMES = ("amaranth", "verilator", "auto")


class AutoSimulator:
    """Verilator where it can be built, else Amaranth's own; it says so when it falls back."""

    def __init__(self) -> None:
        self.chosen: Simulator = VerilatorSimulator()
        try:
            Toolchain.find()
        except BuildError as error:
            self.fall_back(error)

    @property
    def name(self) -> str:
        return self.chosen.name

    def fall_back(self, error: BuildError) -> None:
        log.warning("%s: using Amaranth's simulator, which is slower", error)
        self.chosen = AmaranthSimulator()

    def check_window(self) -> None:
        self.chosen.check_window()  # after `prepare`, which may choose another

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> object:
        try:
            return self.chosen.prepare(config, observed=observed)
        except BuildError as error:
            self.fall_back(error)
            return None

    def run(self, job: Job) -> Run:
        if not job.window:  # which Amaranth's simulator could not show: then it is an error
            self.prepare(job.config, observed=bool(job.waves or job.fault))
        return self.chosen.run(job)


def get_simulator(name: str) -> Simulator:
    """The simulator of that name; ``auto`` is the fastest one that works here.

    Raises
    ------
    ValueError
        For a name that is none of NAMES, and for a simulator that is not installed.
    """
    if name not in NAMES:
        raise ValueError(f"the simulator must be one of {', '.join(NAMES)}, not {name!r}")
    if name == "amaranth":
        return AmaranthSimulator()
    if name == "auto":
        return AutoSimulator()
    try:
        Toolchain.find()
    except BuildError as error:
        raise ValueError(str(error)) from None
    return VerilatorSimulator()
