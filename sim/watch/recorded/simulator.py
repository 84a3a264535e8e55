"""Which simulator records a layer."""

from collections.abc import Sequence

from convolith.model.compile.schedule import Schedule
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.simulator import Simulator
from convolith.sim.engines.simulators import ready_simulator
from convolith.sim.watch.recorded.recording import check_size

__all__ = ["recording_simulator"]

SHORT_PE_CYCLES = 30_000
"""So many cycles of PEs take Amaranth's simulator a second or two: building the other one takes
longer."""


def recording_simulator(
    name: str, schedules: Sequence[Schedule], window: tuple[int, int] | None = None
) -> Simulator:
    """The simulator of that name, ready; ``auto`` is Amaranth's for short runs.

    Raises
    ------
    ValueError, BuildError
        As `ready_simulator`, and for what is too large to be recorded: before anything is built.
    """
    for schedule in schedules:
        check_size(schedule, window)
    config = schedules[0].config
    work = sum(schedule.cycles for schedule in schedules) * config.rows * config.cols
    if name == "auto" and work <= SHORT_PE_CYCLES:
        return AmaranthSimulator()
    return ready_simulator(name, config, observed=True)
