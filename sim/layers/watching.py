"""What a user wants to see of a layer's run, or to break in it, checked."""

from dataclasses import astuple

from convolith.model.compile.schedule import Schedule
from convolith.sim.engines.contract.fault import parse_fault
from convolith.sim.engines.contract.simulator import Fault
from convolith.sim.waves.cycle_window import cycle_window

__all__ = ["asked_watch", "check_beside"]


def asked_watch(
    schedule: Schedule,
    *,
    shown: str | None = None,
    window: tuple[int | None, int | None] = (None, None),
    fault: Fault | str | None = None,
) -> tuple[tuple[int, int] | None, Fault | None]:
    """The window and the fault of a layer's run, as simulators take them.

    Parameters
    ----------
    schedule : Schedule
    shown : str, optional
        What shows the layer's cycles: a waveform, or a page.
    window : (int, int)
        The first and the last cycle that it shows; None: from the first, to the last.
    fault : Fault or str, optional
        ``ROW,COL,BIT[,CYCLE]``.

    Raises
    ------
    TypeError, ValueError
        If they are not of this layer.
    """
    if shown and not schedule.pieces:
        raise ValueError(f"{shown} needs a layer with outputs, not an empty batch")
    if isinstance(fault, Fault):
        fault = ",".join(map(str, astuple(fault)))
    if not isinstance(fault, str | None):
        raise TypeError(f"a fault must be a Fault or ROW,COL,BIT[,CYCLE], not {fault!r}")
    cycles = cycle_window(*_pair(window), schedule)
    if cycles and not shown:
        raise ValueError("a window of cycles needs a waveform, which it limits")
    return cycles, None if fault is None else parse_fault(fault, schedule)


def check_beside(schedule: Schedule, plain: Schedule, fault: object) -> None:
    """Refuses to show the plain mapping of a layer beside itself, or beside a broken run.

    Raises
    ------
    ValueError
    """
    if schedule.mapping == plain.mapping:
        raise ValueError(
            "the plain mapping can be shown only beside another one, which this layer does not have"
        )
    if fault is not None:
        raise ValueError("a fault can be shown only in one mapping, not beside the plain one")


def _pair(window: object) -> tuple[int | None, int | None]:
    """Two cycles, each of which may be left open."""
    if isinstance(window, tuple | list) and len(window) == 2:
        first, last = window
        if all(cycle is None or type(cycle) is int for cycle in window):
            return first, last
    raise TypeError(f"a window must be two cycles, or None for one of them, not {window!r}")
