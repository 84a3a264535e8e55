"""The simulators by name."""

import logging
from collections.abc import Callable
from typing import Any

from convolith.model.compile.program import Program
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import BuildError, Run, Simulator
from convolith.sim.engines.native.toolchain import Toolchain
from convolith.sim.engines.verilator import VerilatorSimulator

__all__ = ["NAMES", "AutoSimulator", "get_simulator", "ready_simulator"]

log = logging.getLogger(__name__)

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
        self.chosen = _amaranth()

    @property
    def window_refusal(self) -> str:
        return self.chosen.window_refusal

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> None:
        try:
            self.chosen.prepare(config, observed=observed)
        except BuildError as error:
            self.fall_back(error)

    def run(self, program: Program, **watch: Any) -> Run:
        try:
            return self.chosen.run(program, **watch)
        except BuildError as error:
            if watch.get("window"):  # which Amaranth's simulator could not show
                raise
            self.fall_back(error)
        return self.chosen.run(program, **watch)


def _amaranth() -> Simulator:
    from convolith.sim.engines.amaranth import AmaranthSimulator  # with Amaranth, half a second

    return AmaranthSimulator()


def _verilator() -> VerilatorSimulator:
    try:
        Toolchain.find()
    except BuildError as error:
        raise ValueError(str(error)) from None
    return VerilatorSimulator()


SIMULATORS: dict[str, Callable[[], Simulator]] = {
    "amaranth": _amaranth,
    "verilator": _verilator,
    "auto": AutoSimulator,
}
NAMES = tuple(SIMULATORS)


def get_simulator(name: str) -> Simulator:
    """The simulator of that name; ``auto`` is the fastest one that works here.

    Raises
    ------
    ValueError
        For a name that is none of NAMES, and for a simulator that is not installed.
    """
    if name not in SIMULATORS:
        raise ValueError(f"the simulator must be one of {', '.join(NAMES)}, not {name!r}")
    return SIMULATORS[name]()


def ready_simulator(name: str, config: ArrayConfig, *, observed: bool = False) -> Simulator:
    """The same, built for a configuration; ``auto`` has chosen then.

    ``observed`` as in `Simulator.prepare`.

    Raises
    ------
    ValueError
        As `get_simulator`.
    BuildError
        If it cannot be built.
    """
    simulator = get_simulator(name)
    simulator.prepare(config, observed=observed)
    return simulator.chosen if isinstance(simulator, AutoSimulator) else simulator
