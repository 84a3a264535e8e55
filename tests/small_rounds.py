"""Layers on small cores, as ``convolith agree`` draws them."""

from functools import cache
from itertools import count

from convolith.sim.agree.cases import drawn_rounds
from convolith.sim.agree.round import Round
from convolith.sim.mutation.configurations import CONFIGURATIONS

__all__ = ["small_round"]


@cache
def small_round(name: str, *, waits: bool = False, stream: str = "") -> Round:
    """Some layers on a configuration's core, with outputs that wait or are always ready.

    ``stream``: the output on which the first one leaves.
    """
    for seed in count(1):
        found = list(drawn_rounds(CONFIGURATIONS[name], 8, seed))[int(waits)]
        if found.program[0].stream.startswith(stream):
            return found
    raise AssertionError
