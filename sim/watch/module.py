"""``convolith.watch``: a module of PyTorch on the array, cycle by cycle."""

from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

from convolith.sim.engines.contract.simulator import Fault, Progress
from convolith.sim.layers.preparation import check_names, prepared_module
from convolith.sim.layers.watching import asked_watch, check_beside
from convolith.sim.report.progress import ProgressLine, told
from convolith.sim.watch.recorded.simulator import recording_simulator
from convolith.sim.watch.watch import Watch, watched

__all__ = ["watch"]


def watch(
    module: nn.Module,
    x: torch.Tensor,
    *,
    title: str | None = None,
    exact: bool = False,
    plain: bool = False,
    beside_plain: bool = False,
    engine: str | None = None,
    simulator: str = "auto",
    window: tuple[int | None, int | None] = (None, None),
    fault: Fault | str | None = None,
    progress: bool | Progress = True,
    **parameters: Any,
) -> Watch:
    """Runs a PyTorch convolution in RTL, and records what every PE does in every cycle.

    A notebook shows the result as a page, on which the run is replayed.

    Parameters
    ----------
    module, x, exact, plain, engine, fault, progress, **parameters
        As those of `convolith.run`.
    title : str, optional
        Of the page; the module's description, if not given.
    beside_plain : bool
        The page has the plain mapping of the layer as well.
    simulator : str
        ``amaranth``, ``verilator`` or ``auto``, which is Amaranth's for short runs.
    window : (int, int)
        The first and the last cycle that are recorded; None: from the first, to the last.

    Raises
    ------
    TypeError, ValueError
        For what the array cannot compute, and for a run that is too long to be recorded as a
        whole; the message has cycles that would fit.
    SimulationError
        If the hardware breaks its contract.
    """
    check_names(watch, parameters)
    if not isinstance(title, str | None):
        raise TypeError(f"the title must be a text, not {title!r}")
    layers = [
        prepared_module(module, x, parameters, exact=exact, engine=engine, plain=one)[0]
        for one in ([plain, True] if beside_plain else [plain])
    ]
    if beside_plain:
        check_beside(layers[0].schedule, layers[1].schedule, fault)
    longest = max((layer.schedule for layer in layers), key=lambda schedule: schedule.cycles)
    recorded, flipped = asked_watch(longest, shown="a page", window=window, fault=fault)
    with ExitStack() as stack:
        line: Progress | None = None
        if progress and not callable(progress):
            stack.enter_context(told("convolith"))
        chosen = recording_simulator(simulator, [layer.schedule for layer in layers], recorded)
        if callable(progress):
            line = progress
        elif progress:
            line = stack.enter_context(ProgressLine("simulating"))
        return watched(
            layers, chosen, title=title or str(module), window=recorded, fault=flipped,
            progress=line,
        )
