"""What is compared: each simulator, what it reads, and what it needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from convolith.model.options.config import ArrayConfig
from convolith.sim.agree.netlists import cached_netlist, check_netlists, netlist_refusal
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.simulator import BuildError, Simulator
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.native.kind import TESTED, Kind
from convolith.sim.engines.native.toolchain import Toolchain
from convolith.sim.engines.played.cxxrtl import CxxrtlPlayer, check_cxxrtl
from convolith.sim.engines.played.icarus import IcarusPlayer, check_icarus
from convolith.sim.engines.played.simulator import PlayedSimulator
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.synthesis.target import TARGETS, Target

__all__ = ["ENGINES", "MODEL", "Engine", "chosen_engines"]


def _nothing() -> None:
    """For engines that need nothing more."""


def _always(config: ArrayConfig) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A simulator that takes part.

    Parameters
    ----------
    name : str
        As users choose it.
    reads : str
        What it is made from, in a few words.
    make : callable
        The simulator.
    check : callable
        Raises a BuildError if a tool is missing.
    refusal : callable
        Why it cannot have a core of some configuration; empty: it can.
    kind : Kind, optional
        The build of the core, where there are several.
    """

    name: str
    reads: str
    make: Callable[[], Simulator]
    check: Callable[[], object] = field(default=_nothing)
    refusal: Callable[[ArrayConfig], str] = field(default=_always)
    kind: Kind | None = None

    @property
    def missing(self) -> str:
        """The tool that is missing, in a sentence; empty: none is."""
        try:
            self.check()
        except BuildError as error:
            return str(error)
        return ""

    def prepared(self, simulator: Simulator, config: ArrayConfig) -> None:
        """Builds the core that will run in an environment.

        Raises
        ------
        BuildError
            If it cannot be built.
        """
        if self.kind and isinstance(simulator, VerilatorSimulator):
            simulator.library(config, self.kind)
        else:
            simulator.prepare(config)


def _netlist(name: str, reads: str, target: Target) -> Engine:
    def make() -> Simulator:
        cache = Cache()
        player = IcarusPlayer(name, lambda config: cached_netlist(config, target, cache))
        return PlayedSimulator(player, ready=False)

    return Engine(
        name=name, reads=reads, make=make, check=check_netlists,
        refusal=lambda config: netlist_refusal(config, target),
    )


MODEL = "model"

ENGINES = {
    engine.name: engine
    for engine in (
        Engine(name=MODEL, reads="the program", make=ModelSimulator),
        Engine(name="amaranth", reads="Amaranth", make=AmaranthSimulator),
        Engine(name="verilator", reads="Verilog", make=VerilatorSimulator, check=Toolchain.find,
               kind=TESTED),
        Engine(
            name="icarus", reads="Verilog, memories too", check=check_icarus,
            make=lambda: PlayedSimulator(IcarusPlayer()),
        ),
        Engine(
            name="cxxrtl", reads="RTLIL, by Yosys", check=check_cxxrtl,
            make=lambda: PlayedSimulator(CxxrtlPlayer()),
        ),
        _netlist("ecp5", "netlist of ECP5 cells, in Icarus", TARGETS["ecp5-25k"]),
        _netlist("ice40", "netlist of iCE40 cells, in Icarus", TARGETS["ice40up5k"]),
        _netlist("xilinx7", "netlist of Xilinx 7 cells, in Icarus", TARGETS["xilinx7"]),
    )
}
"""By name, in the order in which they run."""


def chosen_engines(names: Sequence[str]) -> list[Engine]:
    """The engines that are asked for, in the order of ENGINES; the model is always one of them.

    Raises
    ------
    ValueError
        For an engine whose tool is missing.
    """
    found = [engine for engine in ENGINES.values() if engine.name in (MODEL, *names)]
    for engine in found:
        if engine.missing:
            raise ValueError(f"the engine {engine.name} cannot run: {engine.missing}")
    return found
