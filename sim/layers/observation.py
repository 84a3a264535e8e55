"""What is to be seen of a run, or broken in it."""

from dataclasses import astuple, dataclass

from convolith.model.compile.schedule import Schedule
from convolith.sim.engines.contract.fault import parse_fault
from convolith.sim.engines.contract.simulator import Fault, Simulator
from convolith.sim.waves.cycle_window import check_window

__all__ = ["Observation"]


@dataclass(frozen=True, kw_only=True)
class Observation:
    """A waveform, its window of cycles, a fault: checked."""

    waves: bool = False
    window: tuple[int, int] | None = None
    fault: Fault | None = None

    @classmethod
    def asked(
        cls,
        schedule: Schedule,
        *,
        waves: bool = False,
        window: tuple[int | None, int | None] = (None, None),
        fault: Fault | str | None = None,
    ) -> "Observation":
        """Of a layer's run.

        Parameters
        ----------
        schedule : Schedule
        waves : bool
            There is to be a waveform.
        window : (int, int)
            The first and the last cycle that it shows; None: from the first, to the last.
        fault : Fault or str, optional
            ``ROW,COL,BIT[,CYCLE]``.

        Raises
        ------
        TypeError, ValueError
            If they are not of this layer.
        """
        if waves and not schedule.passes:
            raise ValueError("a waveform needs a layer with outputs, not an empty batch")
        if isinstance(fault, Fault):
            fault = ",".join(map(str, astuple(fault)))
        if not isinstance(fault, str | None):
            raise TypeError(f"a fault must be a Fault or ROW,COL,BIT[,CYCLE], not {fault!r}")
        shown = check_window(*_pair(window), schedule)
        if shown and not waves:
            raise ValueError("a window of cycles needs a waveform, which it limits")
        return cls(
            waves=waves,
            window=shown,
            fault=parse_fault(fault, schedule) if fault is not None else None,
        )

    def prepare(self, simulator: Simulator, schedule: Schedule) -> None:
        """Builds what the simulator needs for it.

        Raises
        ------
        BuildError
            If it cannot be built.
        ValueError
            If the simulator cannot show a window of cycles.
        """
        simulator.prepare(schedule.config, observed=self.waves or self.fault is not None)
        if self.window:
            simulator.check_window()


def _pair(window: object) -> tuple[int | None, int | None]:
    """Two cycles, each of which may be left open."""
    if isinstance(window, tuple | list) and len(window) == 2:
        first, last = window
        if all(cycle is None or type(cycle) is int for cycle in window):
            return first, last
    raise TypeError(f"a window must be two cycles, or None for one of them, not {window!r}")
