"""Layers on small cores, as ``convolith agree`` draws them."""

from functools import cache

from convolith.sim.agree.cases import drawn_rounds
from convolith.sim.agree.round import Round
from convolith.sim.mutation.configurations import CONFIGURATIONS

__all__ = ["small_round"]


@cache
def small_round(name: str, *, waits: bool = False) -> Round:
    """Some layers on a configuration's core, with outputs that wait or are always ready."""
    return list(drawn_rounds(CONFIGURATIONS[name], 8, 1))[int(waits)]
