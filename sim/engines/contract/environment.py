"""What surrounds the core in a run, and what its ports are seen to do in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from convolith.model.dataflow.readiness import Readiness
from convolith.sim.engines.contract.errors import SimulationError

__all__ = ["Activity", "Environment", "lost_write", "stray_read"]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A consumer that is not always ready, and what lies on inputs that do not count.

    In a run with an environment all ports are watched (`Activity`).

    Parameters
    ----------
    percent : int
        The cycles in which the output streams are ready, per cent; from 1 to 100.
    scrambled : bool
        In cycles without ``valid`` the payload of ``i_layer`` has other bits in each cycle.
    seed : int
        Of these cycles and bits; from 0 to 2**32 - 1.

    Raises
    ------
    TypeError, ValueError
        For other values.
    """

    percent: int = 100
    scrambled: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        self.readiness()
        if not isinstance(self.scrambled, bool):
            raise TypeError(f"scrambled must be True or False, not {self.scrambled!r}")

    def readiness(self, begin: int = 0) -> Readiness:
        """In which cycles the outputs are ready, ``begin`` cycles after the first one."""
        return Readiness(self.percent, self.seed, begin)

    def most_cycles(self, cycles: int, rows: int) -> int:
        """More than a step takes that needs so many cycles if the outputs are always ready."""
        return cycles + 4 * (cycles + rows) * 100 // self.percent


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What the core's ports did in a step.

    Parameters
    ----------
    ready : int
        The first cycle in which ``i_layer`` was ready again, counted from the step's first one.
    reads : dict of int
        Per memory the cycles in which it was read.
    lanes_active : int, optional
        The cycles in which the lanes had sums. Only of cores whose lanes have a clock of their own.
    """

    ready: int
    reads: Mapping[str, int]
    lanes_active: int | None = None


def stray_read(memory: str, address: int, words: range, cycle: int) -> SimulationError:
    """A word was read that is not the layer's; its own are ``words``. Cycle 0: before it began."""
    when = f"in cycle {cycle}" if cycle else "before the layer began"
    return SimulationError(
        f"the core read address {address} of the memory {memory} {when}; "
        f"the layer's words are from {words.start} to {words.stop - 1}"
    )


def lost_write(memory: str, address: int, words: int) -> SimulationError:
    """A word was written beyond a memory of so many."""
    return SimulationError(
        f"the core wrote address {address} of the memory {memory}, which has {words} words"
    )
