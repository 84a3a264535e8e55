"""The simulators by name."""

from convolith.sim.amaranth_sim import AmaranthSimulator
from convolith.sim.simulator import Simulator

__all__ = ["NAMES", "get_simulator"]

NAMES = ("amaranth", "verilator", "auto")


def get_simulator(name: str) -> Simulator:
    """The simulator of that name; ``auto`` is the fastest one that is installed.

    Raises
    ------
    ValueError
        For a name that is none of NAMES, and for a simulator that is not installed.
    """
    if name not in NAMES:
        raise ValueError(f"the simulator must be one of {', '.join(NAMES)}, not {name!r}")
    if name == "verilator":
        raise ValueError(
            "the simulator verilator is not installed: this version of Convolith does not have it"
        )
    return AmaranthSimulator()
